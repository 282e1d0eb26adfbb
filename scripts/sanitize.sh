#!/usr/bin/env bash
# compute-sanitizer's four tools over every own GPU kernel on awkward shapes, as a table of errors.
set -u

usage="usage: scripts/sanitize.sh [build folder]
  Runs memcheck, racecheck, initcheck and synccheck on the tests of own GPU kernels (build/default by default), each
  kernel and tool in a process of its own, as many at once as there are processors, buffers allocated to exactly
  their size. A tool that does not find an error planted for it is said not to work here, and is not used.
  Prints errors a kernel and tool; logs of what is not clean stay in <build folder>/sanitize.
  GEMMARK_CASES_THIN=N takes every Nth of the awkward cases (default 8: a sanitizer slows each a hundredfold);
  GEMMARK_SANITIZE_KERNELS=REGEX takes only kernels that match;
  GEMMARK_SANITIZE_LIMIT=S ends a process after S seconds, as 'timeout' in the table (default 600).
  Exit code 0 where all is clean, 5 where something is not, 4 where no tool works here."

case ${1-} in -h | --help) printf '%s\n' "$usage" && exit 0 ;; esac
build=${1:-build/default}
tests=$build/tests/test_gpu
planted=$build/tests/planted_errors
gemmark=$build/gemmark
logs=$build/sanitize
limit=${GEMMARK_SANITIZE_LIMIT:-600}

die() {
  printf 'sanitize.sh: %s\n' "$*" >&2
  exit 4
}
[ -x "$tests" ] || die "there is no $tests: build with -DGEMMARK_CUDA=ON first"
sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null) ||
  die "compute-sanitizer is not on PATH"
"$gemmark" list devices | grep -q '^ *cuda:' || die "no GPU: $("$gemmark" list devices | grep '^ *cuda')"

# The sanitizer instruments what is loaded: only the kernel at hand should be.
export CUDA_MODULE_LOADING=LAZY GEMMARK_BARE_BUFFERS=1
export GEMMARK_CASES_THIN=${GEMMARK_CASES_THIN:-8}
export sanitizer tests planted logs limit
mkdir -p "$logs"
rm -f "$logs"/*.log

# Errors that a tool counted, or nothing where it did not come to its summary. Racecheck calls hazards of reads
# warnings and of writes errors; both are wrong.
errors_in() {
  sed -n 's/^=* *ERROR SUMMARY: \([0-9]*\) error.*/\1/p; s/^=* *RACECHECK SUMMARY: \([0-9]*\) hazard.*/\1/p' "$1" |
    tail -n 1
}
log_of() { printf '%s/%s.%s.log' "$logs" "${1//\//_}" "$2"; }
find_planted() {
  timeout "$limit" "$sanitizer" --tool "$1" "$planted" "$1" >"$(log_of planted "$1")" 2>&1
}
sanitize() {
  local start=$SECONDS log
  log=$(log_of "$1" "$2")
  # A tool itself was seen to crash, its banner all that it had printed, and to end cleanly when started again.
  for _ in 1 2 3; do
    GEMMARK_ONLY_KERNEL=$1 timeout "$limit" "$sanitizer" --tool "$2" --print-limit 20 \
      "$tests" "own GPU kernels on awkward shapes" >"$log" 2>&1
    case $? in
      124) printf 'TIMEOUT\n' >>"$log" ;;
      139) continue ;;
    esac
    break
  done
  printf '%s %s %s\n' "$((SECONDS - start))" "$1" "$2" >>"$logs/seconds"
}
export -f log_of find_planted sanitize

printf '%s\n' memcheck racecheck initcheck synccheck | xargs -P 4 -I {} bash -c 'find_planted {}'
tools=()
for tool in memcheck racecheck initcheck synccheck; do
  found=$(errors_in "$(log_of planted $tool)")
  if [ "${found:-0}" != 0 ]; then
    tools+=("$tool") && rm -f "$(log_of planted $tool)"
  else
    printf '%s does not work here: it did not find an error planted for it (%s)\n' "$tool" "$(log_of planted $tool)"
  fi
done
[ ${#tools[@]} -gt 0 ] || die "none of compute-sanitizer's tools works here"

mapfile -t kernels < <("$gemmark" list kernels | awk '$2 == "own" && $3 ~ /^(cuda|wmma|mma|wgmma)$/ { print $1 }' |
  grep -E "${GEMMARK_SANITIZE_KERNELS:-.}")
[ ${#kernels[@]} -gt 0 ] || die "no own GPU kernels in this build"
rm -f "$logs/seconds"
start=$SECONDS
for tool in "${tools[@]}"; do for kernel in "${kernels[@]}"; do printf '%s %s\n' "$kernel" "$tool"; done; done |
  xargs -P "$(nproc)" -L 1 bash -c 'sanitize "$0" "$1"'

printf '%-28s %6s' kernel cases
printf ' %10s' "${tools[@]}"
printf '\n'
unclean=0
for kernel in "${kernels[@]}"; do
  row=() cases=-
  for tool in "${tools[@]}"; do
    log=$(log_of "$kernel" "$tool")
    found=$(errors_in "$log")
    count=$(awk -v kernel="$kernel" '$1 == kernel && $3 == "cases" { print $2 }' "$log")
    cases=${count:-$cases}
    if grep -q 'All tests passed' "$log" && [ "$found" = 0 ]; then
      row+=(clean) && rm -f "$log"
      continue
    fi
    unclean=1
    if grep -q '^TIMEOUT$' "$log"; then
      row+=(timeout)
    elif [ "${found:-0}" != 0 ]; then
      row+=("$found")
    else
      row+=(broken) # the tool or the test did not come to a good end
    fi
  done
  printf '%-28s %6s' "$kernel" "$cases"
  printf ' %10s' "${row[@]}"
  printf '\n'
done
printf '%d runs in %d s, the longest: %s s (%s, %s)\n' "$((${#kernels[@]} * ${#tools[@]}))" "$((SECONDS - start))" \
  $(sort -rn "$logs/seconds" | head -n 1)
[ $unclean = 0 ] && exit 0
printf 'what is not clean is in %s\n' "$logs"
exit 5
