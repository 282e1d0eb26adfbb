// How many multiply-adds a second 512-bit vectors allow.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/ceiling/compute.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX512)
#include "kernels/ceiling/fma_loop.hpp"
#include "kernels/gemm/simd_avx512.hpp"

namespace gemmark {
namespace {

constexpr auto& loops32 = fma_loops<Avx512<float>, 8, 12, 16, 24>;
constexpr auto& loops64 = fma_loops<Avx512<double>, 8, 12, 16, 24>;

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{
          compute_ceiling("avx512_fma", Precision::fp32, "multiply-adds of 16 floats", loops32),
          compute_ceiling("avx512_fma", Precision::fp64, "multiply-adds of 8 doubles", loops64)};
    }};

}  // namespace gemmark
