// 256-bit vectors with fused multiply-add: Intel since Haswell (2013), AMD since Excavator (2015).
#include "kernels/api/registry.hpp"
#include "kernels/backends/cpu_features.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  return {.available = need_features(
              {GEMMARK_CPU_FEATURE("avx"), GEMMARK_CPU_FEATURE("avx2"), GEMMARK_CPU_FEATURE("fma")})};
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "256-bit vectors, fused multiply-add", .probe = probe}; }};

}  // namespace gemmark
