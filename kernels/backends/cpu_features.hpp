// What the probes of instruction sets share: a yes, or the list of what this CPU lacks.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

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

#if defined(__x86_64__)
/// Bits of register EDX of CPUID's leaf 7. Asked for directly because __builtin_cpu_supports() of clang
/// before 16 does not know their names; whether the operating system saves the registers is another question.
enum class Amx : unsigned { bf16 = 1u << 22, tile = 1u << 24, int8 = 1u << 25 };
inline bool cpu_has(Amx feature) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & static_cast<unsigned>(feature)) != 0;
}
#endif

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
