// What each cache level delivers to 256-bit accesses.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/ceiling/stream.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX2)
#include "kernels/ceiling/stream_loops.hpp"
#include "kernels/gemm/simd_avx2.hpp"

namespace gemmark {
namespace {

constexpr auto& loops = cached_streams<Avx2<double>>;

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] { return stream_ceilings("avx2_", {1, 2, 3}, loops); }};

}  // namespace gemmark
