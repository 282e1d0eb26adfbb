// Each thread computes 8×8 outputs from registers.
//
// Per step of k a thread reads 8 + 8 values from shared memory and does 64 multiply-adds with them: four a
// read where the shared-memory kernel did half of one. A block of 256 threads covers 128×128.
// Cost: the reads are single words, 16 instructions for 64 multiply-adds; and all threads wait for each fetch
// from global memory, which no arithmetic hides.
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int tile = 128, slice = 8, each = 8, across = tile / each, threads = across * across;

/// Element (outer, p) of one operand's tile goes to to[p][outer]; neighbouring threads read neighbours in
/// memory.
template <class T>
__device__ void fetch(T (*to)[tile + 1], const T* from, std::int64_t outer_stride, std::int64_t k_stride,
                      std::int64_t outer_left, std::int64_t k_left) {
  const bool along_k = k_stride == 1;
#pragma unroll
  for (int index = threadIdx.x; index < tile * slice; index += threads) {
    const int outer = along_k ? index / slice : index % tile, p = along_k ? index % slice : index / tile;
    to[p][outer] = outer < outer_left && p < k_left ? from[outer * outer_stride + p * k_stride] : 0;
  }
}

template <class T>
__global__ void __launch_bounds__(threads, sizeof(T) == 4 ? 2 : 1) register_tiles(const CudaGemm<T> g) {
  __shared__ T a_tile[slice][tile + 1], b_tile[slice][tile + 1];
  const std::int64_t i0 = blockIdx.y * std::int64_t{tile}, j0 = blockIdx.x * std::int64_t{tile};
  const T* a = g.a + blockIdx.z * g.a_batch + i0 * g.a_row;
  const T* b = g.b + blockIdx.z * g.b_batch + j0 * g.b_col;
  const int x = threadIdx.x % across, y = threadIdx.x / across;
  T sum[each][each] = {};
  for (std::int64_t p0 = 0; p0 < g.k; p0 += slice) {
    fetch(a_tile, a + p0 * g.a_col, g.a_row, g.a_col, g.m - i0, g.k - p0);
    fetch(b_tile, b + p0 * g.b_row, g.b_col, g.b_row, g.n - j0, g.k - p0);
    __syncthreads();
#pragma unroll
    for (int p = 0; p < slice; ++p) {
      T column[each], row[each];
#pragma unroll
      for (int i = 0; i < each; ++i)
        column[i] = a_tile[p][y + i * across], row[i] = b_tile[p][x + i * across];
#pragma unroll
      for (int i = 0; i < each; ++i)
#pragma unroll
        for (int j = 0; j < each; ++j) sum[i][j] += column[i] * row[j];
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < each; ++i)
#pragma unroll
    for (int j = 0; j < each; ++j) {
      const std::int64_t row = i0 + y + i * across, col = j0 + x + j * across;
      if (row < g.m && col < g.n) g.store(blockIdx.z, row, col, sum[i][j]);
    }
}

template <class T>
void launch(const CudaGemm<T>& g, cudaStream_t stream) {
  register_tiles<<<grid_of(g, tile, tile), threads, 0, stream>>>(g);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return cuda_gemm({.summary = "8x8 outputs a thread in registers"},
                                                   {.block_rows = tile, .fp32 = launch, .fp64 = launch});
                                }};

}  // namespace gemmark
