// The bar: BLIS, the five loops around one microkernel from which the packed steps of this ladder learn.
#include "kernels/backends/blis.hpp"
#include "kernels/gemm/cblas_gemm.hpp"

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] { return cblas_kernels(blis_family(), blis()); }};

}  // namespace gemmark
