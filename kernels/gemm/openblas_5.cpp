// The bar: OpenBLAS, hand-written microkernels for each core type behind one run-time choice.
#include "kernels/backends/openblas.hpp"
#include "kernels/gemm/cblas_gemm.hpp"

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] { return cblas_kernels(openblas_family(), openblas()); }};

}  // namespace gemmark
