#include "bench/version.hpp"

#include <fmt/format.h>

#include "harness/build_info.hpp"

namespace gemmark {

std::string version_text() {
  const BuildInfo& build = build_info();
  return fmt::format("gemmark {}{}", build.version,
                     build.revision.empty() ? "" : fmt::format(" ({})", build.revision));
}

}  // namespace gemmark
