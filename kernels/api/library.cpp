#include "kernels/api/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gemmark {
namespace {

void* open_or_throw(const std::string& file, const std::string& soname) {
  // RTLD_GLOBAL would let a second copy bind to the first one's tables.
  if (void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
  const char* why = dlerror();
  throw LibraryError(
      fmt::format("{} not found ({})", soname, why != nullptr ? why : "dlopen gave no reason"));
}

std::string path_of(void* handle, const std::string& fallback) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr && map->l_name[0] != '\0')
    return map->l_name;
  return fallback;
}

// Returns the descriptor of an anonymous file with the content of `path`. It stays open for the life of the
// process: the loader would take a reused /proc/self/fd/N for the library it already knows.
int copy_to_memory(const std::string& path) {
  const auto fail = [&](const char* call) {
    throw LibraryError(fmt::format("copying {}: {}: {}", path, call, std::strerror(errno)));
  };
  const int from = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) fail("open");
  struct stat status {};
  if (fstat(from, &status) != 0) fail("fstat");
  const int to = memfd_create("gemmark-library", MFD_CLOEXEC);
  if (to < 0) fail("memfd_create");
  for (off_t left = status.st_size; left > 0;) {
    const ssize_t moved = sendfile(to, from, nullptr, static_cast<std::size_t>(left));
    if (moved <= 0) fail("sendfile");
    left -= moved;
  }
  ::close(from);
  return to;
}

}  // namespace

Library Library::open(const std::string& soname) {
  void* handle = open_or_throw(soname, soname);
  return {handle, path_of(handle, soname)};
}

Library Library::open_copy(const std::string& soname) {
  const std::string path = open(soname).path();
  const int copy = copy_to_memory(path);
  return {open_or_throw(fmt::format("/proc/self/fd/{}", copy), soname), path};
}

void* Library::symbol(const char* name) const {
  if (void* found = optional_symbol(name)) return found;
  throw LibraryError(fmt::format("{} has no {}", path_, name));
}

void* Library::optional_symbol(const char* name) const { return dlsym(handle_, name); }

}  // namespace gemmark
