// The GPU under test, or a reason to skip.
#pragma once

#include <cstdlib>
#include <vector>

#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"

namespace gemmark::testing {

/// The first GPU, or null with the warning that ctest takes for a skip.
inline Device* gpu() {
  for (const auto& device : Registry::global().devices())
    if (device->info().kind == "cuda") return device.get();
  for (const auto& [kind, why] : Registry::global().missing_devices())
    if (kind == "cuda") WARN("skipped: no GPU: " << why);
  return nullptr;
}

/// What the device's kernels compute with.
inline const std::vector<Precision> gpu_precisions{Precision::fp64, Precision::fp32,      Precision::tf32,
                                                   Precision::fp16, Precision::fp16acc16, Precision::bf16,
                                                   Precision::fp8,  Precision::fp8e5m2,   Precision::int8,
                                                   Precision::int4, Precision::w4a16};

/// Every how many cases are taken: so many times the usual number, and every one where it is 0. A memory
/// checker makes each a hundred times dearer.
inline int thinning(int usual) {
  const char* given = std::getenv("GEMMARK_CASES_THIN");
  const int factor = given != nullptr ? std::atoi(given) : 1;
  return factor == 0 ? 1 : usual * factor;
}

}  // namespace gemmark::testing
