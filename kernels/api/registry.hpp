// Everything a binary contains, by role. A file registers what it offers on its last line:
//
//   const gemmark::Registration registration{GEMMARK_FILE, [] { return gemmark::Kernel{…}; }};
//
// The build tells every kernel file its name (kernels/backends.cmake). Factories run
// when the registry is first asked, not at static initialisation.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/api/backend.hpp"
#include "kernels/api/ceiling.hpp"
#include "kernels/api/checker.hpp"
#include "kernels/api/kernel.hpp"
#include "kernels/api/oracle.hpp"

namespace gemmark {

#define GEMMARK_FILE (::gemmark::FileIdentity{GEMMARK_KERNEL_NAME, GEMMARK_BACKEND_NAME})

/// What a file's name says: "gemm/avx512_3_packed.cpp" is {"gemm/avx512_packed", "avx512"}.
struct FileIdentity {
  const char* name;
  const char* backend;
};

class Registry {
 public:
  static Registry& global();

  using Fill = std::function<void(Registry&)>;
  void defer(Fill fill) { deferred_.push_back(std::move(fill)); }

  void add(FileIdentity file, Kernel kernel);
  void add(FileIdentity file, Backend backend);
  void add(FileIdentity file, Ceiling ceiling);
  void add(FileIdentity file, Oracle oracle);
  void add(FileIdentity, CheckerFactory factory);
  void add(FileIdentity, DeviceFactory factory);
  template <class T>
  void add(FileIdentity file, std::vector<T> several) {
    for (T& one : several) add(file, std::move(one));
  }

  /// Each sorted by name, save oracles: the highest priority first.
  const std::vector<Kernel>& kernels();
  const std::vector<Backend>& backends();
  const std::vector<Ceiling>& ceilings();
  const std::vector<Oracle>& oracles();

  /// Probed once and remembered. Unavailable where its device is missing; without a probe, available
  /// elsewhere.
  const BackendStatus& status(std::string_view backend);
  /// Every device of this machine; why a kind has none is in missing_devices().
  const std::vector<std::unique_ptr<Device>>& devices();
  const std::vector<std::pair<std::string, std::string>>& missing_devices();
  /// Throws where no checker is registered for the device's kind.
  std::unique_ptr<Checker> checker(Device& device);

 private:
  void settle();

  std::vector<Fill> deferred_;
  std::vector<Kernel> kernels_;
  std::vector<Backend> backends_;
  std::vector<Ceiling> ceilings_;
  std::vector<Oracle> oracles_;
  std::vector<CheckerFactory> checkers_;
  std::vector<DeviceFactory> device_factories_;
  std::deque<std::pair<std::string, BackendStatus>> statuses_;  // references into it stay valid
  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<std::pair<std::string, std::string>> missing_devices_;
  bool devices_made_ = false;
};

class Registration {
 public:
  template <class Factory>
  Registration(FileIdentity file, Factory factory) {
    Registry::global().defer([file, factory](Registry& registry) { registry.add(file, factory()); });
  }
};

}  // namespace gemmark
