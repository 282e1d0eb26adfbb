// 512-bit vectors with masks: Intel servers since Skylake (2017), AMD since Zen 4 (2022).
#include "kernels/api/registry.hpp"
#include "kernels/backends/cpu_features.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  const auto spoken = [](const CpuFeature& feature) { return feature.present ? "yes" : "no"; };
  return {.available = need_features({GEMMARK_CPU_FEATURE("avx2"), GEMMARK_CPU_FEATURE("fma"),
                                      GEMMARK_CPU_FEATURE("avx512f"), GEMMARK_CPU_FEATURE("avx512bw"),
                                      GEMMARK_CPU_FEATURE("avx512dq"), GEMMARK_CPU_FEATURE("avx512vl")}),
          .facts = {{"avx512bf16", spoken(GEMMARK_CPU_FEATURE("avx512bf16"))},
                    {"avx512vnni", spoken(GEMMARK_CPU_FEATURE("avx512vnni"))}}};
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "512-bit vectors with masks", .probe = probe}; }};

}  // namespace gemmark
