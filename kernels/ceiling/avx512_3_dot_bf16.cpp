// How many operations a second the bf16 dot product allows: each instruction adds 16 pairs of products of
// bf16 to 16 floats.
#include <immintrin.h>

#include <cstdint>

#include "kernels/api/isa.hpp"
#include "kernels/backends/cpu_features.hpp"
#include "kernels/ceiling/compute.hpp"

namespace gemmark {
namespace {
GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX512_BF16)

template <int Chains>
void dot_bf16_loop(std::int64_t rounds) {
  constexpr int bf16_0_01 = 0x3c24, bf16_minus_0_01 = 0xbc24;  // a pair cancels: sums stay finite
  volatile int opaque = bf16_0_01 | bf16_minus_0_01 << 16;
  const auto a = reinterpret_cast<__m512bh>(_mm512_set1_epi32(opaque));
  opaque = bf16_0_01 | bf16_0_01 << 16;
  const auto b = reinterpret_cast<__m512bh>(_mm512_set1_epi32(opaque));
  __m512 x[Chains];
  for (int c = 0; c < Chains; ++c) x[c] = _mm512_set1_ps(static_cast<float>(opaque + c));
#pragma GCC unroll 1
  for (std::int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 32
    for (int c = 0; c < Chains; ++c) x[c] = _mm512_dpbf16_ps(x[c], a, b);
  for (int c = 0; c < Chains; ++c) asm volatile("" : : "v"(x[c]));
}

constexpr double operations = 2 * 32;

constexpr std::array loops{ComputeLoop{dot_bf16_loop<8>, 8, operations},
                           ComputeLoop{dot_bf16_loop<12>, 12, operations},
                           ComputeLoop{dot_bf16_loop<24>, 24, operations}};

GEMMARK_ISA_END
}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return compute_ceiling("avx512_dot_bf16", Precision::bf16, "pairs of bf16 products added to 16 floats",
                             loops, [] { return need_features({GEMMARK_CPU_FEATURE("avx512bf16")}); });
    }};

}  // namespace gemmark
