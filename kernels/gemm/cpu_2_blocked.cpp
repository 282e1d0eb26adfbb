// The naive loops reordered and cut into blocks that stay in the caches.
//
// The innermost loop runs along rows of B and C, which a compiler turns into vectors by itself; a strip of B
// is read from the L2 cache for all rows of C. What is left to gain: C travels through the L1 cache for every
// multiply-add, and op(B) is walked in strides where it is stored transposed. Packing (avx2_3) cures both.
#include "kernels/gemm/host_gemm.hpp"

namespace gemmark {
namespace {

template <class T>
void blocked(const GemmArgs<T>& g, int) {
  constexpr std::int64_t strip = 256;  // columns: the accumulators of a row, 1 or 2 KB of the L1 cache
  const std::int64_t depth = std::max<std::int64_t>(g.caches.l2 / 2 / (strip * std::int64_t{sizeof(T)}), 1);
  T sums[strip];
  for (std::int64_t j = 0; j < g.n; j += strip) {
    const std::int64_t width = std::min(strip, g.n - j);
    // At least one turn, so that k = 0 scales C.
    std::int64_t p = 0;
    do {
      const std::int64_t last = std::min(p + depth, g.k);
      const T beta = p == 0 ? g.beta : T{1};
      for (std::int64_t i = 0; i < g.m; ++i) {
        std::fill_n(sums, width, T{0});
        for (std::int64_t q = p; q < last; ++q) {
          const T a = g.a(i, q);
          const T* b = &g.b(q, j);
          if (g.b_col == 1)
            for (std::int64_t x = 0; x < width; ++x) sums[x] += a * b[x];
          else
            for (std::int64_t x = 0; x < width; ++x) sums[x] += a * b[x * g.b_col];
        }
        T* c = g.c + i * g.ldc + j;
        for (std::int64_t x = 0; x < width; ++x) c[x] = g.alpha * sums[x] + (beta != 0 ? beta * c[x] : 0);
      }
      p = last;
    } while (p < g.k);
  }
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return host_gemm({.summary = "loops reordered and blocked for the caches"},
                                                   {blocked<float>, blocked<double>});
                                }};

}  // namespace gemmark
