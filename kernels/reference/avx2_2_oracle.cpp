// The fp64 oracle with 256-bit vectors.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/gemm/packed_deps.hpp"
#include "kernels/reference/packed_oracle.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX2)
#include "kernels/gemm/simd_avx2.hpp"
#include "kernels/reference/packed_oracle_product.hpp"

namespace gemmark {
namespace {

constexpr const OracleProduct& product = oracle_product<PackedProduct<Avx2<double>, 4, 3>>;

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] { return packed_oracle(product, 2); }};

}  // namespace gemmark
