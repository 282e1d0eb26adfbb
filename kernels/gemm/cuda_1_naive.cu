// The definition, an output element a thread.
//
// Cost: neighbouring threads take neighbouring rows of C, so the 32 threads of a warp read 32 rows of A and
// write 32 rows of C: every access touches 32 sectors to use 4 bytes of each. Read this first.
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int side = 16;

template <class T>
__global__ void naive(const CudaGemm<T> g) {
  const std::int64_t i = blockIdx.y * std::int64_t{side} + threadIdx.x;
  const std::int64_t j = blockIdx.x * std::int64_t{side} + threadIdx.y;
  if (i >= g.m || j >= g.n) return;
  const T* a = g.a + blockIdx.z * g.a_batch + i * g.a_row;
  const T* b = g.b + blockIdx.z * g.b_batch + j * g.b_col;
  T sum = 0;
  for (std::int64_t p = 0; p < g.k; ++p) sum += a[p * g.a_col] * b[p * g.b_row];
  g.store(blockIdx.z, i, j, sum);
}

template <class T>
void launch(const CudaGemm<T>& g, cudaStream_t stream) {
  naive<<<grid_of(g, side, side), dim3(side, side), 0, stream>>>(g);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return cuda_gemm({.summary = "an output a thread, rows across a warp"},
                                                   {.block_rows = side, .fp32 = launch, .fp64 = launch});
                                }};

}  // namespace gemmark
