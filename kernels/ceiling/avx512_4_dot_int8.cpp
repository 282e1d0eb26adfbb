// How many operations a second the 8-bit dot product allows: each instruction adds 16 quads of products of
// unsigned and signed bytes to 16 integers.
#include <immintrin.h>

#include <cstdint>

#include "kernels/api/isa.hpp"
#include "kernels/backends/cpu_features.hpp"
#include "kernels/ceiling/compute.hpp"

namespace gemmark {
namespace {
GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX512_VNNI)

template <int Chains>
void dot_int8_loop(std::int64_t rounds) {
  volatile int opaque = 0x5a17c93b;
  const __m512i a = _mm512_set1_epi32(opaque), b = _mm512_set1_epi32(~opaque);
  __m512i x[Chains];
  for (int c = 0; c < Chains; ++c) x[c] = _mm512_set1_epi32(opaque + c);
#pragma GCC unroll 1
  for (std::int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 32
    for (int c = 0; c < Chains; ++c) x[c] = _mm512_dpbusd_epi32(x[c], a, b);
  for (int c = 0; c < Chains; ++c) asm volatile("" : : "v"(x[c]));
}

constexpr double operations = 2 * 64;

constexpr std::array loops{ComputeLoop{dot_int8_loop<8>, 8, operations},
                           ComputeLoop{dot_int8_loop<12>, 12, operations},
                           ComputeLoop{dot_int8_loop<24>, 24, operations}};

GEMMARK_ISA_END
}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return compute_ceiling(
                                      "avx512_dot_int8", Precision::int8,
                                      "quads of byte products added to 16 integers", loops,
                                      [] { return need_features({GEMMARK_CPU_FEATURE("avx512vnni")}); });
                                }};

}  // namespace gemmark
