// Everything moves in 16 bytes, and the next slice is fetched while this one is multiplied.
//
// A thread's 8×8 outputs are four groups of 4×4, so that 8 + 8 values come in four 16-byte reads instead of
// 16 words. From global memory a thread takes four consecutive elements at once into registers before the
// products and puts them into the other buffer after them: one barrier a slice, and the latency is hidden.
// Cost: the fetched slice occupies registers on its way, and what lies along k has to be transposed by
// storing word by word.
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int tile = 128, slice = 8, threads = 256, pitch = tile + 4;
static_assert(tile * slice == threads * 4, "a thread fetches four elements of each operand");

/// Where one operand's slice comes from, seen by one thread.
struct Source {
  const float* from;
  std::int64_t step, outer_stride, k_stride;
  int outer, p;  ///< the first of this thread's four elements, within the tile
  std::int64_t outer_left;
  bool wide;  ///< four elements can be read at once wherever they all exist

  __device__ Source(const float* base, std::int64_t outer_by, std::int64_t k_by, std::int64_t left)
      : outer_stride(outer_by), k_stride(k_by), outer_left(left) {
    const int index = threadIdx.x * 4;
    outer = k_by == 1 ? index / slice : index % tile;
    p = k_by == 1 ? index % slice : index / tile;
    from = base + outer * outer_by + p * k_by;
    step = slice * k_by;
    const std::int64_t pitch_between = k_by == 1 ? outer_by : k_by;
    wide = pitch_between % 4 == 0 && reinterpret_cast<std::uintptr_t>(base) % 16 == 0;
  }
  __device__ void fetch(float (&to)[4], std::int64_t k_left) {
    const bool along_k = k_stride == 1;
    const std::int64_t here = along_k ? k_left - p : outer_left - outer;
    const bool exists = along_k ? outer < outer_left : p < k_left;
    if (wide && exists && here >= 4) {
      const float4 four = *reinterpret_cast<const float4*>(from);
      to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
    } else {
#pragma unroll
      for (int i = 0; i < 4; ++i) to[i] = exists && i < here ? from[i] : 0;
    }
    from += step;
  }
  __device__ void put(float (*to)[pitch], const float (&values)[4]) const {
    if (k_stride == 1) {
#pragma unroll
      for (int i = 0; i < 4; ++i) to[p + i][outer] = values[i];
    } else {
      *reinterpret_cast<float4*>(&to[p][outer]) = make_float4(values[0], values[1], values[2], values[3]);
    }
  }
};

__device__ void read4(float* to, const float* from) {
  const float4 four = *reinterpret_cast<const float4*>(from);
  to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
}

__global__ void __launch_bounds__(threads, 2) vectorised(const CudaGemm<float> g) {
  __shared__ __align__(16) float a_slice[2][slice][pitch], b_slice[2][slice][pitch];
  const std::int64_t i0 = blockIdx.y * std::int64_t{tile}, j0 = blockIdx.x * std::int64_t{tile};
  Source a(g.a + blockIdx.z * g.a_batch + i0 * g.a_row, g.a_row, g.a_col, g.m - i0);
  Source b(g.b + blockIdx.z * g.b_batch + j0 * g.b_col, g.b_col, g.b_row, g.n - j0);
  const int x = threadIdx.x % 16 * 4, y = threadIdx.x / 16 * 4;
  float sum[8][8] = {}, next_a[4], next_b[4];
  a.fetch(next_a, g.k), b.fetch(next_b, g.k);
  a.put(a_slice[0], next_a), b.put(b_slice[0], next_b);
  __syncthreads();
  int stage = 0;
  for (std::int64_t p0 = 0; p0 < g.k; p0 += slice, stage ^= 1) {
    const bool more = p0 + slice < g.k;
    if (more) a.fetch(next_a, g.k - p0 - slice), b.fetch(next_b, g.k - p0 - slice);
#pragma unroll
    for (int p = 0; p < slice; ++p) {
      float column[8], row[8];
      read4(column, &a_slice[stage][p][y]), read4(column + 4, &a_slice[stage][p][y + tile / 2]);
      read4(row, &b_slice[stage][p][x]), read4(row + 4, &b_slice[stage][p][x + tile / 2]);
#pragma unroll
      for (int i = 0; i < 8; ++i)
#pragma unroll
        for (int j = 0; j < 8; ++j) sum[i][j] += column[i] * row[j];
    }
    if (more) a.put(a_slice[stage ^ 1], next_a), b.put(b_slice[stage ^ 1], next_b);
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < 8; ++i)
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const std::int64_t row = i0 + y + i % 4 + i / 4 * (tile / 2), col = j0 + x + j % 4 + j / 4 * (tile / 2);
      if (row < g.m && col < g.n) g.store(blockIdx.z, row, col, sum[i][j]);
    }
}

void launch(const CudaGemm<float>& g, cudaStream_t stream) {
  vectorised<<<grid_of(g, tile, tile), threads, 0, stream>>>(g);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return cuda_gemm({.summary = "16-byte moves, next slice fetched ahead"},
                                                   {.block_rows = tile, .fp32 = launch});
                                }};

}  // namespace gemmark
