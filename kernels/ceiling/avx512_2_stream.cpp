// What each cache level delivers to 512-bit accesses.
#include <immintrin.h>

#include "kernels/api/isa.hpp"
#include "kernels/ceiling/stream.hpp"

GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX512)
#include "kernels/ceiling/stream_loops.hpp"
#include "kernels/gemm/simd_avx512.hpp"

namespace gemmark {
namespace {

constexpr auto& loops = cached_streams<Avx512<double>>;

}  // namespace
}  // namespace gemmark
GEMMARK_ISA_END

namespace gemmark {

const Registration registration{GEMMARK_FILE, [] { return stream_ceilings("avx512_", {1, 2, 3}, loops); }};

}  // namespace gemmark
