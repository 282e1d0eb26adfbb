#!/usr/bin/env bash
# From a fresh clone to a table: installs what is missing, builds, and runs the quick suite.
set -u
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

usage="usage: scripts/quickstart.sh [--no-install] [gemmark run's arguments…]
  Installs what is missing (apt-get; it says what first), builds, measures the quick suite on this machine
  (about a minute on two cores), prints the table and writes results/<time>.jsonl.
  A GPU is measured along where the driver shows one and nvcc 12.4 or newer is there to build for it.
  --no-install   only say what is missing, and end
  Examples: scripts/quickstart.sh --suite smoke       scripts/quickstart.sh --threads 1"

take_own_options "$@"
set -- "${rest[@]}"

# The script's own choice only where the user makes none.
out=(--out "$root/results/$(date +%Y%m%d-%H%M%S).jsonl")
suite=(--suite quick)
for argument in "$@"; do
  case $argument in
    --out | --out=*) out=() ;;
    --suite | --suite=* | --problem | --problem=*) suite=() ;;
  esac
done

provide "${build_packages[@]}"
check_versions
end_of_check
build "$root/build/quickstart" -DGEMMARK_TESTS=OFF
[ ${#out[@]} -eq 0 ] || mkdir -p "$root/results" || die "cannot write to $root/results"
exec "$root/build/quickstart/gemmark" run "${suite[@]}" "${out[@]}" "$@"
