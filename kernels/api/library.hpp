// A shared library opened at run time, so that the program starts where the library is missing.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace gemmark {

class LibraryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Never closed: threads and exit handlers of the library may outlive every object of ours.
class Library {
 public:
  /// The library as the loader finds it. Throws LibraryError: "libfoo.so.1 not found" with the loader's
  /// words.
  static Library open(const std::string& soname);
  /// A second, separate copy of the same library, with its own globals: a memfd copy of the file. Two copies
  /// can so run with different settings that they read from the environment when they are loaded.
  static Library open_copy(const std::string& soname);

  /// The file it was loaded from.
  const std::string& path() const { return path_; }
  /// Throws LibraryError where there is no such symbol.
  void* symbol(const char* name) const;
  /// Null where there is no such symbol.
  void* optional_symbol(const char* name) const;

  template <class Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  Library(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void* handle_;
  std::string path_;
};

}  // namespace gemmark
