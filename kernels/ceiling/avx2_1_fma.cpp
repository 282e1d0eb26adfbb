// How many multiply-adds a second 256-bit vectors allow.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/ceiling/compute.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX2)
#include "kernels/ceiling/fma_loop.hpp"
#include "kernels/gemm/simd_avx2.hpp"

namespace gemmark {
namespace {

constexpr auto& loops32 = fma_loops<Avx2<float>, 8, 10, 12, 14>;
constexpr auto& loops64 = fma_loops<Avx2<double>, 8, 10, 12, 14>;

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{compute_ceiling("avx2_fma", Precision::fp32, "multiply-adds of 8 floats", loops32),
                         compute_ceiling("avx2_fma", Precision::fp64, "multiply-adds of 4 doubles", loops64)};
    }};

}  // namespace gemmark
