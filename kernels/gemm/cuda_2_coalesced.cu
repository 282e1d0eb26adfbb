// Neighbouring threads take neighbouring columns.
//
// A warp now computes 32 elements of one row of C: they share one element of A (a broadcast), and where B is
// stored k×n read 128 consecutive bytes of it. Nothing else differs from the naive kernel. Where B is stored
// n×k (tb=1) the 32 columns are 32 different rows of it, while the naive order shares them: there this one
// loses, and only the next step, which fetches along whatever is contiguous, is indifferent.
//
// Cost: every product still loads both factors from the caches.
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int rows = 16, cols = 32;

template <class T>
__global__ void coalesced(const CudaGemm<T> g) {
  const std::int64_t i = blockIdx.y * std::int64_t{rows} + threadIdx.y;
  const std::int64_t j = blockIdx.x * std::int64_t{cols} + threadIdx.x;
  if (i >= g.m || j >= g.n) return;
  const T* a = g.a + blockIdx.z * g.a_batch + i * g.a_row;
  const T* b = g.b + blockIdx.z * g.b_batch + j * g.b_col;
  T sum = 0;
  for (std::int64_t p = 0; p < g.k; ++p) sum += a[p * g.a_col] * b[p * g.b_row];
  g.store(blockIdx.z, i, j, sum);
}

template <class T>
void launch(const CudaGemm<T>& g, cudaStream_t stream) {
  coalesced<<<grid_of(g, rows, cols), dim3(cols, rows), 0, stream>>>(g);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return cuda_gemm({.summary = "an output a thread, columns across a warp"},
                                                   {.block_rows = rows, .fp32 = launch, .fp64 = launch});
                                }};

}  // namespace gemmark
