// The packed product with 256-bit vectors: tiles of 4 rows × 3 vectors.
//
// 12 accumulators, 3 vectors of B and a broadcast element of A fill all 16 registers; 12 multiply-adds come
// on 7 loads. (6 rows × 2 vectors take 8; at 2048³ on Zen 4 they reached 2 to 5 hundredths less of the
// ceiling.) The scheme is blocking.hpp, the work packed.hpp.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/gemm/host_gemm.hpp"
#include "kernels/gemm/packed_deps.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX2)
#include "kernels/gemm/packed_gemm.hpp"
#include "kernels/gemm/simd_avx2.hpp"

namespace gemmark {
namespace {

using Product32 = PackedProduct<Avx2<float>, 4, 3>;
using Product64 = PackedProduct<Avx2<double>, 4, 3>;
constexpr HostGemm functions = packed_host_gemm<Product32, Product64>();
constexpr HostGemm prepacked_functions = prepacked_host_gemm<Product32, Product64>();

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] {
                                  return packed_kernels("packed panels, 4 rows x 3 vectors of 256 bits",
                                                        functions, prepacked_functions);
                                }};

}  // namespace gemmark
