#!/usr/bin/env bash
# compute-sanitizer's four tools over every own GPU kernel on awkward shapes, as a table of errors.
set -u

usage="usage: scripts/sanitize.sh [build folder]
  Runs memcheck, racecheck, initcheck and synccheck on the tests of own GPU kernels (build/cuda by default), each
  kernel and tool in a process of its own, as many at once as there are processors, buffers allocated to exactly
  their size. Prints errors a kernel and tool; logs of what is not clean stay in <build folder>/sanitize.
  GEMMARK_CASES_THIN=N takes every Nth of the awkward cases (default 8: a sanitizer slows each a hundredfold);
  GEMMARK_SANITIZE_KERNELS=REGEX takes only kernels that match.
  Exit code 0 where all is clean, 5 where something is not, 4 where the tools do not work here."

case ${1-} in -h | --help) printf '%s\n' "$usage" && exit 0 ;; esac
build=${1:-build/cuda}
tests=$build/tests/test_gpu
gemmark=$build/gemmark
logs=$build/sanitize
tools=(memcheck racecheck initcheck synccheck)

die() {
  printf 'sanitize.sh: %s\n' "$*" >&2
  exit 4
}
[ -x "$tests" ] || die "there is no $tests: build with -DGEMMARK_CUDA=ON first"
sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null) ||
  die "compute-sanitizer is not on PATH"
"$gemmark" list devices | grep -q '^ *cuda:' || die "no GPU: $("$gemmark" list devices | grep '^ *cuda')"
for tool in "${tools[@]}"; do
  "$sanitizer" --tool "$tool" "$tests" "the GPU fills with what the host fills with" >/dev/null 2>&1 ||
    printf '%s does not work here: it fails on a program that does nothing wrong\n' "$tool"
done

# The sanitizer instruments what is loaded: only the kernel at hand should be.
export CUDA_MODULE_LOADING=LAZY GEMMARK_BARE_BUFFERS=1
export GEMMARK_CASES_THIN=${GEMMARK_CASES_THIN:-8}
export sanitizer tests logs
mkdir -p "$logs"
mapfile -t kernels < <("$gemmark" list kernels | awk '$2 == "own" && $3 ~ /^(cuda|wmma|mma|wgmma)$/ { print $1 }' |
  grep -E "${GEMMARK_SANITIZE_KERNELS:-.}")
[ ${#kernels[@]} -gt 0 ] || die "no own GPU kernels in this build"

log_of() { printf '%s/%s.%s.log' "$logs" "${1//\//_}" "$2"; }
sanitize() {
  GEMMARK_ONLY_KERNEL=$1 "$sanitizer" --tool "$2" --print-limit 20 "$tests" "own GPU kernels on awkward shapes" \
    >"$(log_of "$1" "$2")" 2>&1
}
export -f log_of sanitize
for kernel in "${kernels[@]}"; do printf "$kernel %s\n" "${tools[@]}"; done |
  xargs -P "$(nproc)" -L 1 bash -c 'sanitize "$0" "$1"'

printf '%-28s %6s' kernel cases
printf ' %10s' "${tools[@]}"
printf '\n'
unclean=0
for kernel in "${kernels[@]}"; do
  row=() cases=-
  for tool in "${tools[@]}"; do
    log=$(log_of "$kernel" "$tool")
    found=$(sed -n 's/^=* *ERROR SUMMARY: \([0-9]*\) error.*/\1/p; s/^=* *RACECHECK SUMMARY: .*(\([0-9]*\) errors.*/\1/p' \
      "$log" | tail -n 1)
    count=$(awk -v kernel="$kernel" '$1 == kernel && $3 == "cases" { print $2 }' "$log")
    cases=${count:-$cases}
    if grep -q 'All tests passed' "$log" && [ "$found" = 0 ]; then
      row+=(clean) && rm -f "$log"
    elif [ "${found:-0}" != 0 ]; then
      row+=("$found") unclean=1
    else
      row+=(broken) unclean=1 # the tool or the test did not come to a good end
    fi
  done
  printf '%-28s %6s' "$kernel" "$cases"
  printf ' %10s' "${row[@]}"
  printf '\n'
done
[ $unclean = 0 ] && exit 0
printf 'what is not clean is in %s\n' "$logs"
exit 5
