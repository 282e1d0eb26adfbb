// What this binary was built from and with.
#pragma once

#include <string_view>

namespace gemmark {

struct BuildInfo {
  std::string_view version;   ///< "0.1.0"
  std::string_view revision;  ///< of the sources; empty where the build did not know it
  std::string_view compiler, flags, type;
};

const BuildInfo& build_info();

}  // namespace gemmark
