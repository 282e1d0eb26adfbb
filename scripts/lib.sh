# shellcheck shell=bash disable=SC2034
# What quickstart.sh and test.sh share: which packages the project needs, installing what is missing, building.
# Sourced, never run. Package names are those of Debian 12 and Ubuntu 24.04 alike.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Without these nothing builds.
build_packages=(g++ cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev libbenchmark-dev
  libhwloc-dev libboost-dev zlib1g-dev)
# Without these the tests do not build, or cannot check what they must.
test_packages=(catch2 python3 python3-jsonschema qemu-user dpkg-dev)
# Without these gemmark works, and says what it lacks: vendor libraries to measure beside ours, charts in reports,
# faster builds.
optional_packages=(libopenblas0-pthread libblis4-pthread libdnnl-dev libjs-vega ccache)
# Without these the tests of the report's page and of the pictures are skipped. (Ubuntu's chromium is a snap.)
test_optional_packages=(chromium chromium-driver python3-selenium python3-pandas python3-matplotlib)

# Oldest versions that are tested; older ones fail with messages that do not name the cause.
oldest_cmake=3.25
oldest_gcc=12
oldest_clang=14

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

# at_least <version> <oldest>
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# A tool counts however it was installed; a library only as the distribution's package.
have() {
  case $1 in
    g++) command -v "${CXX:-c++}" >/dev/null ;;
    cmake | ccache | python3 | pkg-config) command -v "$1" >/dev/null ;;
    ninja-build) command -v ninja >/dev/null ;;
    qemu-user) command -v qemu-x86_64 >/dev/null ;;
    dpkg-dev) command -v dpkg-shlibdeps >/dev/null ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
  esac
}

# The arguments that are not there, into `missing`.
find_missing() {
  local package
  missing=()
  for package in "$@"; do have "$package" || missing+=("$package"); done
}

# Runs its arguments as root; `as_root true` asks whether that can be done.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null; then
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@" 2>/dev/null
  fi
}

knows() { [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]; }

# At most once: it is the slow part. Another apt-get at work is waited for.
apt_options=(-q -o DPkg::Lock::Timeout=120)
updated=
update_lists() {
  [ -z "$updated" ] || return 0
  updated=yes
  as_root apt-get "${apt_options[@]}" update ||
    say "apt-get update failed (no network?): going on with the package lists that are here"
}

# Takes --help and --no-install out of the arguments, wherever they stand; the others go into `rest`.
install=yes
take_own_options() {
  local argument
  rest=()
  for argument in "$@"; do
    case $argument in
      -h | --help) say "$usage" && exit 0 ;;
      --no-install) install=no ;;
      *) rest+=("$argument") ;;
    esac
  done
}
end_of_check() {
  [ "$install" = yes ] && return
  say "nothing that is needed is missing"
  exit 0
}

# provide <required package>…: dies unless all of them are there in the end.
# Optional packages are installed along with them; where they cannot be had, it says so and goes on.
provide() {
  local package required optional=() refused=
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "This is not Debian or Ubuntu: nothing is checked or installed. What is needed, by Debian's names:"
    say "  $*"
    say "  optional: ${optional_packages[*]}"
    return
  fi
  find_missing "${optional_packages[@]}"
  local wanted=("${missing[@]}")
  find_missing "$@"
  required=("${missing[@]}")
  [ ${#required[@]} -gt 0 ] || [ ${#wanted[@]} -gt 0 ] || return 0

  if [ "$install" = no ]; then
    refused="--no-install was given"
  elif ! as_root true; then
    refused="cannot install: not root, and sudo is not there or wants a password"
  fi
  # What is offered can only be asked of fresh lists; a machine just set up often has none at all.
  if [ -z "$refused" ] && { [ ${#required[@]} -gt 0 ] || ! knows cmake; }; then update_lists; fi
  for package in "${wanted[@]}"; do
    if knows "$package" || [ -n "$refused" ]; then
      optional+=("$package")
    else
      say "not in this distribution, goes without: $package"
    fi
  done
  [ ${#required[@]} -gt 0 ] || [ ${#optional[@]} -gt 0 ] || return 0

  [ ${#required[@]} -eq 0 ] || say "missing: ${required[*]}"
  [ ${#optional[@]} -eq 0 ] || say "missing, optional: ${optional[*]}"
  if [ -z "$refused" ]; then
    say "installing them with apt-get"
    update_lists
    as_root env DEBIAN_FRONTEND=noninteractive apt-get "${apt_options[@]}" install -y --no-install-recommends \
      "${required[@]}" "${optional[@]}" || refused="apt-get install failed, its own message is above"
  fi
  find_missing "$@"
  [ ${#missing[@]} -eq 0 ] || die "$refused. Needed: sudo apt-get install ${missing[*]}"
  [ -z "$refused" ] || say "$refused. Going on without: ${optional[*]}"
}

check_versions() {
  local found compiler=${CXX:-c++}
  command -v cmake >/dev/null || die "no cmake on PATH"
  command -v ninja >/dev/null || die "no ninja on PATH"
  command -v "$compiler" >/dev/null || die "no C++ compiler: $compiler is not on PATH"
  found=$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  at_least "$found" $oldest_cmake || die "cmake $found is too old: $oldest_cmake or newer is needed"
  found=$("$compiler" -dumpversion)
  if "$compiler" --version | grep -qi clang; then
    at_least "$found" $oldest_clang || die "clang $found is too old: $oldest_clang or newer is needed"
  else
    at_least "$found" $oldest_gcc ||
      die "g++ $found is too old: $oldest_gcc or newer is needed (CXX=… picks another compiler)"
  fi
}

# build <folder> <CMake option>…: the default preset, with CUDA where nvcc is. What succeeds is told in a line; what
# fails, in full.
build() {
  local folder=$1 log
  shift
  mkdir -p "$folder" || die "cannot write to $folder"
  log=$folder/configure.log
  (cd "$root" && cmake --preset default -B "$folder" "$@") >"$log" 2>&1 || {
    cat "$log" >&2
    die "configuring failed: the message is above"
  }
  sed -n 's/^-- gemmark: //p' "$log"
  say "building in $folder"
  cmake --build "$folder" || die "building failed: the message is above"
}
