// A block of 32×32 threads fetches a 32×32 tile of A and of B into shared memory, and all its threads use it.
//
// Each element fetched now serves 32 products, and the fetch runs along whichever dimension is contiguous, so
// transposes cost nothing.
// Cost: two reads of shared memory a multiply-add. Shared memory delivers 32 words a cycle against 128
// multiply-adds, so it binds at an eighth of the peak; only registers can do better.
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int side = 32;

template <class T>
__global__ void shared_tiles(const CudaGemm<T> g) {
  // One word of padding: a column is then spread over all banks, whichever way the tile is filled.
  __shared__ T a_tile[side][side + 1], b_tile[side][side + 1];
  const std::int64_t i0 = blockIdx.y * std::int64_t{side}, j0 = blockIdx.x * std::int64_t{side};
  const T* a = g.a + blockIdx.z * g.a_batch;
  const T* b = g.b + blockIdx.z * g.b_batch;
  const int x = threadIdx.x, y = threadIdx.y;
  // x runs along the contiguous dimension of what is stored.
  const int a_i = g.a_col == 1 ? y : x, a_p = g.a_col == 1 ? x : y;
  const int b_p = g.b_col == 1 ? y : x, b_j = g.b_col == 1 ? x : y;
  T sum = 0;
  for (std::int64_t p0 = 0; p0 < g.k; p0 += side) {
    a_tile[a_i][a_p] = i0 + a_i < g.m && p0 + a_p < g.k ? a[(i0 + a_i) * g.a_row + (p0 + a_p) * g.a_col] : 0;
    b_tile[b_p][b_j] = p0 + b_p < g.k && j0 + b_j < g.n ? b[(p0 + b_p) * g.b_row + (j0 + b_j) * g.b_col] : 0;
    __syncthreads();
#pragma unroll
    for (int p = 0; p < side; ++p) sum += a_tile[y][p] * b_tile[p][x];
    __syncthreads();
  }
  if (i0 + y < g.m && j0 + x < g.n) g.store(blockIdx.z, i0 + y, j0 + x, sum);
}

template <class T>
void launch(const CudaGemm<T>& g, cudaStream_t stream) {
  shared_tiles<<<grid_of(g, side, side), dim3(side, side), 0, stream>>>(g);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return cuda_gemm({.summary = "32x32 tiles in shared memory"},
                                                   {.block_rows = side, .fp32 = launch, .fp64 = launch});
                                }};

}  // namespace gemmark
