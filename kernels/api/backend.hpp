// A backend is a technique on a device: an instruction set, a vendor's library, a generation of Tensor cores.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernels/api/support.hpp"

namespace gemmark {

struct BackendStatus {
  Support available = Support::yes();
  std::string version{};                       ///< as the library itself says, or empty
  std::map<std::string, std::string> facts{};  ///< core type it dispatches to, file it was loaded from, …
  /// What `gemmark doctor` tells the user: each a full sentence on something that costs speed.
  std::vector<std::string> advice{};
};

struct Backend {
  std::string name{};  ///< filled in from the file's name
  std::string device_kind = "host";
  std::string summary{};                   ///< one line for `gemmark list`
  std::function<BackendStatus()> probe{};  ///< called once; cheap, never throws
};

}  // namespace gemmark
