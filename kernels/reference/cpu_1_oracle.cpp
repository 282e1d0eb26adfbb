// The fp64 oracle for any CPU.
#include "kernels/gemm/packed_deps.hpp"
#include "kernels/gemm/simd_portable.hpp"
#include "kernels/reference/packed_oracle_product.hpp"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] { return packed_oracle(oracle_product<PackedProduct<Portable<double>, 4, 2>>, 1); }};

}  // namespace gemmark
