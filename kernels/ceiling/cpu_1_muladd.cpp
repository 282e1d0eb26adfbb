// How many multiplications and additions a second the baseline's 128-bit vectors allow.
#include "kernels/ceiling/fma_loop.hpp"
#include "kernels/gemm/simd_portable.hpp"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{compute_ceiling("cpu_muladd", Precision::fp32, "multiply, then add, 4 floats",
                                         fma_loops<Portable<float>, 6, 8, 10, 12>),
                         compute_ceiling("cpu_muladd", Precision::fp64, "multiply, then add, 2 doubles",
                                         fma_loops<Portable<double>, 6, 8, 10, 12>)};
    }};

}  // namespace gemmark
