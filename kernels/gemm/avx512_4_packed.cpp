// The packed product with 512-bit vectors: tiles of 8 rows × 3 vectors.
//
// 24 accumulators, 3 vectors of B and a broadcast element of A fill 28 of the 32 registers; 24 multiply-adds
// come on 11 loads, so that two of each a cycle keep pace. The scheme is blocking.hpp, the work packed.hpp.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/gemm/host_gemm.hpp"
#include "kernels/gemm/packed_deps.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX512)
#include "kernels/gemm/packed_gemm.hpp"
#include "kernels/gemm/simd_avx512.hpp"

namespace gemmark {
namespace {

using Product32 = PackedProduct<Avx512<float>, 8, 3>;
using Product64 = PackedProduct<Avx512<double>, 8, 3>;
constexpr HostGemm functions = packed_host_gemm<Product32, Product64>();
constexpr HostGemm prepacked_functions = prepacked_host_gemm<Product32, Product64>();

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] {
                                  return packed_kernels("packed panels, 8 rows x 3 vectors of 512 bits",
                                                        functions, prepacked_functions);
                                }};

}  // namespace gemmark
