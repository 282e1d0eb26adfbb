// The definition, spelled out: one output element after the other, a dot product each.
//
// Cost: 2·m·n·k operations, but op(B) is walked down its columns, so that nearly every product waits for
// memory. Everything after this file is about feeding the same multiply-adds. Read this first.
#include "kernels/gemm/host_gemm.hpp"

namespace gemmark {
namespace {

template <class T>
void naive(const GemmArgs<T>& g, int) {
  for (std::int64_t i = 0; i < g.m; ++i)
    for (std::int64_t j = 0; j < g.n; ++j) {
      T sum = 0;
      for (std::int64_t p = 0; p < g.k; ++p) sum += g.a(i, p) * g.b(p, j);
      T& c = g.c[i * g.ldc + j];
      // beta = 0 must not read C, which may hold NaN.
      c = g.alpha * sum + (g.beta != 0 ? g.beta * c : 0);
    }
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return host_gemm({.summary = "one dot product after the other"}, {naive<float>, naive<double>});
    }};

}  // namespace gemmark
