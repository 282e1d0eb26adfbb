#include "harness/build_info.hpp"

#include "gemmark_build_info.hpp"
#include "gemmark_revision.hpp"

namespace gemmark {

const BuildInfo& build_info() {
  static constexpr BuildInfo info{GEMMARK_VERSION, GEMMARK_REVISION, GEMMARK_COMPILER, GEMMARK_FLAGS,
                                  GEMMARK_BUILD_TYPE};
  return info;
}

}  // namespace gemmark
