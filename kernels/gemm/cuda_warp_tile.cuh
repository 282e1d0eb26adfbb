// The kernel of the last rung of the CUDA-core ladder (cuda_6_pipelined.cu), as a template over its tile.
#pragma once

#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark::warp_tile {

/// Warps of a block along m and n, outputs of a thread; a warp is 8×4 threads.
template <int along_m, int along_n, int rows, int cols, int depth, int stage_count, int blocks_a_multiprocessor>
struct Tiling {
  static constexpr int warps_m = along_m, warps_n = along_n, threads = 32 * along_m * along_n;
  static constexpr int each_m = rows, each_n = cols;
  static constexpr int m = along_m * 8 * rows, n = along_n * 4 * cols, k = depth;
  static constexpr int stages = stage_count, blocks = blocks_a_multiprocessor;
  static constexpr int stage_floats = (m + n) * k, shared_bytes = stages * stage_floats * 4;
};

/// How one operand's slice lies in shared memory: `outer` × k floats in 16-byte pieces.
///
/// K-major (rows of k): a thread's rows are dealt out so that those which a warp reads at once fall on different
/// banks, with the piece's place in its row exclusive-ored by some bits of the row. Otherwise (rows of the outer
/// dimension) a warp reads consecutive pieces.
template <int outer, int k, int lanes, int each, bool k_major>
struct Slice {
  static constexpr int pieces = k / 4;
  static_assert(!k_major || pieces == 4 || pieces == 8);

  // The lane's `i`-th row of the warp's `lanes`·`each`: for four lanes in runs of four, so that a run of outputs
  // is stored at once.
  static __device__ int row(int lane, int i) {
    if (k_major && lanes == 8) return i * lanes + lane;
    return i / 4 * (4 * lanes) + lane * 4 + i % 4;
  }
  static __device__ int place(int row, int p) {  // of the piece that holds element p
    if constexpr (!k_major) return p * outer + row / 4 * 4;
    const int by = lanes == 8 ? (pieces == 4 ? row >> 1 : row) : row >> 2;
    return row * k + ((p / 4) ^ (by % pieces)) * 4;
  }
};

/// What a block copies of one operand in every slice.
template <class Slice, int outer, int k, int threads, bool k_major, bool wide>
struct Copier {
  static constexpr int width = wide ? 4 : 1, count = outer * k / width / threads;
  static_assert(outer * k % (width * threads) == 0);
  static constexpr int along = (k_major ? k : outer) / width;

  const float* from[count];
  std::int64_t step;
  unsigned exists = 0;  // bit i: the i-th element's place along the outer dimension exists

  __device__ Copier(const float* base, std::int64_t outer_stride, std::int64_t k_stride, std::int64_t left)
      : step(k * k_stride) {
#pragma unroll
    for (int i = 0; i < count; ++i) {
      const int o = outer_of(i), p = k_of(i);
      const bool here = o < left;
      exists |= static_cast<unsigned>(here) << i;
      from[i] = base + (here ? o : 0) * outer_stride + p * k_stride;
    }
  }
  static __device__ int outer_of(int i) {
    const int index = threadIdx.x + i * threads;
    return k_major ? index / along : index % along * width;
  }
  static __device__ int k_of(int i) {
    const int index = threadIdx.x + i * threads;
    return k_major ? index % along * width : index / along;
  }
  __device__ void copy(float* slice, std::int64_t k_left, const float* safe) {
#pragma unroll
    for (int i = 0; i < count; ++i) {
      const int o = outer_of(i), p = k_of(i);
      const bool valid = (exists >> i & 1) != 0 && p < k_left;
      float* to = slice + Slice::place(o, p) + (wide ? 0 : (k_major ? p % 4 : o % 4));
      async_copy<4 * width>(to, valid ? from[i] : safe, valid);
      from[i] += step;
    }
  }
};

template <class Tile, bool a_k_major, bool b_k_major, bool wide>
static __global__ void __launch_bounds__(Tile::threads, Tile::blocks) multiply(const CudaGemm<float> g) {
  extern __shared__ __align__(16) float shared[];
  using SliceA = Slice<Tile::m, Tile::k, 8, Tile::each_m, a_k_major>;
  using SliceB = Slice<Tile::n, Tile::k, 4, Tile::each_n, b_k_major>;
  int block_m, block_n;
  grouped_position(blockIdx.x, static_cast<int>((g.m + Tile::m - 1) / Tile::m),
                   static_cast<int>((g.n + Tile::n - 1) / Tile::n), 8, block_m, block_n);
  const std::int64_t i0 = block_m * std::int64_t{Tile::m}, j0 = block_n * std::int64_t{Tile::n};
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  // Which 8×4 place of the warp a lane takes: lanes that shared memory serves together share as much as they can.
  const int lane_m = lane / 2 % 8, lane_n = lane % 2 + lane / 16 * 2;
  const int warp_m = warp / Tile::warps_n * (8 * Tile::each_m), warp_n = warp % Tile::warps_n * (4 * Tile::each_n);

  Copier<SliceA, Tile::m, Tile::k, Tile::threads, a_k_major, wide> copy_a(
      g.a + blockIdx.z * g.a_batch + i0 * g.a_row, g.a_row, g.a_col, g.m - i0);
  Copier<SliceB, Tile::n, Tile::k, Tile::threads, b_k_major, wide> copy_b(
      g.b + blockIdx.z * g.b_batch + j0 * g.b_col, g.b_col, g.b_row, g.n - j0);
  std::int64_t k_left = g.k;
  const auto copy = [&](int stage) {
    if (k_left > 0) {
      copy_a.copy(shared + stage * Tile::stage_floats, k_left, g.a);
      copy_b.copy(shared + stage * Tile::stage_floats + Tile::m * Tile::k, k_left, g.b);
      k_left -= Tile::k;
    }
    async_commit();
  };

  float sum[Tile::each_m][Tile::each_n] = {};
#pragma unroll
  for (int s = 0; s < Tile::stages - 1; ++s) copy(s);
  int stage = 0, filling = Tile::stages - 1;
  const int slices = static_cast<int>((g.k + Tile::k - 1) / Tile::k);
  for (int slice = 0; slice < slices; ++slice) {
    async_wait<Tile::stages - 2>();
    __syncthreads();
    copy(filling);
    const float* a = shared + stage * Tile::stage_floats;
    const float* b = a + Tile::m * Tile::k;
#pragma unroll
    for (int p = 0; p < Tile::k; p += 4) {
      float fa[Tile::each_m][4];
      // fa[i][q] is row i, step q of k, whichever way it lies.
      const auto load = [&](auto& to, auto slice_type, const float* from, int first, int of_warp, auto k_major, int i) {
        using S = decltype(slice_type);
        if constexpr (decltype(k_major)::value) {
          const float4 v = *reinterpret_cast<const float4*>(from + S::place(of_warp + S::row(first, i), p));
          to[i][0] = v.x, to[i][1] = v.y, to[i][2] = v.z, to[i][3] = v.w;
        } else if (i % 4 == 0) {
#pragma unroll
          for (int q = 0; q < 4; ++q) {
            const float4 v = *reinterpret_cast<const float4*>(from + S::place(of_warp + S::row(first, i), p + q));
            to[i][q] = v.x, to[i + 1][q] = v.y, to[i + 2][q] = v.z, to[i + 3][q] = v.w;
          }
        }
      };
#pragma unroll
      for (int i = 0; i < Tile::each_m; ++i)
        load(fa, SliceA{}, a, lane_m, warp_m, std::bool_constant<a_k_major>{}, i);
      float fb[Tile::each_n][4];
#pragma unroll
      for (int j = 0; j < Tile::each_n; ++j) load(fb, SliceB{}, b, lane_n, warp_n, std::bool_constant<b_k_major>{}, j);
#pragma unroll
      for (int j0 = 0; j0 < Tile::each_n; j0 += 4)
#pragma unroll
        for (int q = 0; q < 4; ++q)
#pragma unroll
          for (int i = 0; i < Tile::each_m; ++i)
#pragma unroll
            for (int j = j0; j < j0 + 4; ++j) sum[i][j] += fa[i][q] * fb[j][q];
    }
    if (++stage == Tile::stages) stage = 0;
    if (++filling == Tile::stages) filling = 0;
  }

  const bool wide_out = g.beta == 0 && g.ldc % 4 == 0 && g.c_batch % 4 == 0 &&
                        reinterpret_cast<std::uintptr_t>(g.c) % 16 == 0;
#pragma unroll
  for (int i = 0; i < Tile::each_m; ++i) {
    const std::int64_t row = i0 + warp_m + SliceA::row(lane_m, i);
    if (row >= g.m) continue;
#pragma unroll
    for (int j = 0; j < Tile::each_n; j += 4) {
      const std::int64_t col = j0 + warp_n + SliceB::row(lane_n, j);
      if (wide_out && col + 4 <= g.n) {
        *reinterpret_cast<float4*>(g.c + blockIdx.z * g.c_batch + row * g.ldc + col) =
            make_float4(g.alpha * sum[i][j], g.alpha * sum[i][j + 1], g.alpha * sum[i][j + 2], g.alpha * sum[i][j + 3]);
      } else {
#pragma unroll
        for (int e = 0; e < 4; ++e)
          if (col + e < g.n) g.store(blockIdx.z, row, col + e, sum[i][j + e]);
      }
    }
  }
}

template <class Tile, bool a_k_major, bool b_k_major, bool wide>
void launch_as(const CudaGemm<float>& g, cudaStream_t stream) {
  const auto kernel = multiply<Tile, a_k_major, b_k_major, wide>;
  static const cudaError_t allowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Tile::shared_bytes);
  GEMMARK_CUDA_CHECK(allowed);
  const auto blocks = static_cast<unsigned>(ceil_div(g.m, Tile::m) * ceil_div(g.n, Tile::n));
  kernel<<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), Tile::threads, Tile::shared_bytes, stream>>>(g);
}

/// Picks the variant for how the operands lie.
template <class Tile>
void launch(const CudaGemm<float>& g, cudaStream_t stream) {
  const bool a_k_major = g.a_col == 1, b_k_major = g.b_row == 1;
  const auto aligned = [](const float* data, std::int64_t leading, std::int64_t batch, std::int64_t contiguous) {
    return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && leading % 4 == 0 && batch % 4 == 0 &&
           contiguous % 4 == 0;
  };
  const bool wide = aligned(g.a, a_k_major ? g.a_row : g.a_col, g.a_batch, a_k_major ? g.k : g.m) &&
                    aligned(g.b, b_k_major ? g.b_col : g.b_row, g.b_batch, b_k_major ? g.k : g.n);
  const auto pick = [&](auto a, auto b) {
    if (wide)
      launch_as<Tile, decltype(a)::value, decltype(b)::value, true>(g, stream);
    else
      launch_as<Tile, decltype(a)::value, decltype(b)::value, false>(g, stream);
  };
  if (a_k_major && b_k_major) return pick(std::true_type{}, std::true_type{});
  if (a_k_major) return pick(std::true_type{}, std::false_type{});
  if (b_k_major) return pick(std::false_type{}, std::true_type{});
  pick(std::false_type{}, std::false_type{});
}

}  // namespace gemmark::warp_tile
