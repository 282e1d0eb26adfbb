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
/// CPUID's leaf 7, all zero where there is none. Asked directly for what __builtin_cpu_supports() of clang
/// before 16 does not know by name; whether the operating system saves the registers is another question.
struct Leaf7 {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};
inline Leaf7 cpuid_leaf7() {
  Leaf7 leaf;
  return __get_cpuid_count(7, 0, &leaf.eax, &leaf.ebx, &leaf.ecx, &leaf.edx) != 0 ? leaf : Leaf7{};
}
enum class Amx : unsigned { bf16 = 1u << 22, tile = 1u << 24, int8 = 1u << 25 };
inline bool cpu_has(Amx feature) { return (cpuid_leaf7().edx & static_cast<unsigned>(feature)) != 0; }
inline bool cpu_has_clflushopt() { return (cpuid_leaf7().ebx & 1u << 23) != 0; }
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
