// What the probes of instruction sets share: a yes, or the list of what this CPU lacks.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <initializer_list>
#include <vector>

#include "kernels/api/backend.hpp"

namespace gemmark {

/// __builtin_cpu_supports() includes that the operating system saves the registers.
#define GEMMARK_CPU_FEATURE(name) (::gemmark::CpuFeature{name, __builtin_cpu_supports(name) != 0})

struct CpuFeature {
  const char* name;
  bool present;
};

inline Support need_features(std::initializer_list<CpuFeature> features) {
  std::vector<const char*> needed, missing;
  for (const CpuFeature& feature : features) {
    needed.push_back(feature.name);
    if (!feature.present) missing.push_back(feature.name);
  }
  if (missing.empty()) return Support::yes();
  return Support::no(
      fmt::format("needs {}; this CPU lacks {}", fmt::join(needed, ", "), fmt::join(missing, ", ")));
}

}  // namespace gemmark
