// A kernel to copy: save it as kernels/gemm/<backend>_<step>_<technique>.cpp and build.
//
// This comment says what the idea is, what it costs, and what to read before. The file's name gives the
// kernel its name (gemm/<backend>_<technique>), its backend and its flags; the last line registers it. The
// tests of tests/kernels take it up by themselves. Two more things to know:
//   - an instruction set that the rest of the program does not assume: kernels/api/isa.hpp;
//   - scratch memory: state it in HostGemm::workspace_bytes, and find it in GemmArgs::workspace.
#include "kernels/gemm/host_gemm.hpp"

namespace gemmark {
namespace {

// Called once for each product of a batch, after all set-up, with 1 <= threads.
template <class T>
void multiply(const GemmArgs<T>& g, int threads) {
#pragma omp parallel for num_threads(threads)
  for (std::int64_t i = 0; i < g.m; ++i)
    for (std::int64_t j = 0; j < g.n; ++j) {
      T sum = 0;
      for (std::int64_t p = 0; p < g.k; ++p) sum += g.a(i, p) * g.b(p, j);
      T& c = g.c[i * g.ldc + j];
      c = g.alpha * sum + (g.beta != 0 ? g.beta * c : 0);  // C is not read where beta = 0
    }
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return host_gemm(
                                      {.summary = "one line for `gemmark list`", .threaded = true},
                                      {.fp32 = multiply<float>, .fp64 = multiply<double>});
                                }};

}  // namespace gemmark
