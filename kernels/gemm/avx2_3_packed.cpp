// The packed product with 256-bit vectors: tiles of 6 rows × 2 vectors.
//
// 12 accumulators, 2 vectors of B and a broadcast element of A fill 15 of the 16 registers; 12 multiply-adds
// come on 8 loads. (4 rows × 3 vectors take 7 loads, but half as much again of B from the L2 cache: slower.)
// The scheme is blocking.hpp, the work packed.hpp.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/gemm/host_gemm.hpp"
#include "kernels/gemm/packed_deps.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX2)
#include "kernels/gemm/packed_gemm.hpp"
#include "kernels/gemm/simd_avx2.hpp"

namespace gemmark {
namespace {

constexpr HostGemm functions =
    packed_host_gemm<PackedProduct<Avx2<float>, 6, 2>, PackedProduct<Avx2<double>, 6, 2>>();

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] {
      return host_gemm({.summary = "packed panels, 6 rows x 2 vectors of 256 bits", .threaded = true},
                       functions);
    }};

}  // namespace gemmark
