#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Ends in ctest's summary and its exit code.
set -u
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

usage="usage: scripts/test.sh [--no-install] [ctest's arguments…]
  Installs what is missing (apt-get; it says what first), builds in build/default and runs every test.
  The CUDA backends are built where nvcc 12.4 or newer is; GPU tests need a GPU and else say that they were skipped.
  --no-install   only say what is missing, and end
  Examples: scripts/test.sh -R unit       scripts/test.sh --rerun-failed"

take_own_options "$@"
set -- "${rest[@]}"

optional_packages+=("${test_optional_packages[@]}")
provide "${build_packages[@]}" "${test_packages[@]}"
check_versions
end_of_check
build "$root/build/default" -DGEMMARK_TESTS=ON
ctest --test-dir "$root/build/default" --output-on-failure --parallel "$(nproc)" --no-tests=error "$@"
