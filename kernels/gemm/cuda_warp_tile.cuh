// The kernel of the last rung of the CUDA-core ladder (cuda_6_pipelined.cu), as a template over its tile.
#pragma once

#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark::warp_tile {

/// Warps of a block along m and n, outputs of a thread; a warp is 8×4 threads.
template <int along_m, int along_n, int rows, int cols, int depth, int stage_count,
          int blocks_a_multiprocessor>
struct Tiling {
  static constexpr int warps_m = along_m, warps_n = along_n, threads = 32 * along_m * along_n;
  static constexpr int each_m = rows, each_n = cols;
  static constexpr int m = along_m * 8 * rows, n = along_n * 4 * cols, k = depth;
  /// Longer rows take a tile's offsets beyond 32 bits.
  static constexpr std::int64_t longest_row = 0x7fffffff / (m > n ? m : n);
  static constexpr int stages = stage_count, blocks = blocks_a_multiprocessor;
  // A slice holds a row of the outer dimension for every step of k. Four floats of padding: eight steps of
  // four rows, which is what a warp writes at once when it transposes, then fall on 32 different banks.
  static constexpr int pitch_a = m + 4, pitch_b = n + 4;
  static constexpr int stage_floats = (pitch_a + pitch_b) * k, shared_bytes = stages * stage_floats * 4;
};

/// What a thread copies of one operand in every slice. Rows beyond the matrix are read from its last row:
/// what becomes of them is never stored. Steps of k beyond the matrix must be zero.
template <int outer, int k, int threads, bool k_major, bool wide>
struct Copier {
  static constexpr int pitch = outer + 4, warps = threads / 32;
  static_assert(k % 8 == 0);
  // K-major: a warp copies, word by word, eight steps of k (one sector) of four rows. Otherwise a thread
  // copies one word, or 16 bytes, of one step of k.
  static constexpr int width = !k_major && wide ? 4 : 1;
  static constexpr int passes = k_major ? outer / (4 * warps) : outer * k / (width * threads);
  static constexpr int along = outer / width;
  static_assert(k_major ? passes * 4 * warps == outer : passes * width * threads == outer * k);

  const float* from;
  std::int64_t step;
  int offset[passes];  // in elements

  __device__ Copier(const float* base, std::int64_t outer_stride, std::int64_t k_stride, std::int64_t left)
      : from(base), step(k * k_stride) {
    const int last = static_cast<int>(left < outer ? left - 1 : outer - 1);
#pragma unroll
    for (int i = 0; i < passes; ++i) {
      const int row = min(row_of(i), width == 4 ? last / 4 * 4 : last);
      offset[i] = static_cast<int>(row * outer_stride + k_of(i) * k_stride);
    }
  }
  static __device__ int row_of(int i) {
    const int index = threadIdx.x + i * threads;
    return k_major ? (i * warps + static_cast<int>(threadIdx.x) / 32) * 4 + threadIdx.x % 32 / 8
                   : index % along * width;
  }
  static __device__ int k_of(int i) {
    return k_major ? threadIdx.x % 8 : (threadIdx.x + i * threads) / along;
  }
  __device__ void copy(int i, float* slice, int k_left, const float* safe) const {
    float* to = slice + k_of(i) * pitch + row_of(i);
    if constexpr (k_major) {
#pragma unroll
      for (int p = 0; p < k; p += 8) {
        const bool valid = k_of(i) + p < k_left;
        async_copy<4>(to + p * pitch, valid ? from + offset[i] + p : safe, valid);
      }
    } else {
      const bool valid = k_of(i) < k_left;
      async_copy<4 * width>(to, valid ? from + offset[i] : safe, valid);
    }
  }
};

/// The lane's i-th row of the warp's lanes·each: runs of four, so that four are read or stored at once.
template <int lanes>
__device__ int row_of_lane(int lane, int i) {
  return i / 4 * (4 * lanes) + lane * 4 + i % 4;
}

template <int lanes, int each>
__device__ void load_fragment(float (&to)[each], const float* slice, int lane) {
#pragma unroll
  for (int i = 0; i < each; i += 4) {
    const float4 four = *reinterpret_cast<const float4*>(slice + row_of_lane<lanes>(lane, i));
    to[i] = four.x, to[i + 1] = four.y, to[i + 2] = four.z, to[i + 3] = four.w;
  }
}

template <class Tile, bool a_k_major, bool b_k_major, bool wide>
static __global__ void __launch_bounds__(Tile::threads, Tile::blocks) multiply(const CudaGemm<float> g) {
  extern __shared__ __align__(16) float shared[];
  int block_m, block_n;
  grouped_position(blockIdx.x, static_cast<int>((g.m + Tile::m - 1) / Tile::m),
                   static_cast<int>((g.n + Tile::n - 1) / Tile::n), 8, block_m, block_n);
  const std::int64_t i0 = block_m * std::int64_t{Tile::m}, j0 = block_n * std::int64_t{Tile::n};
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  // Which 8×4 place of the warp a lane takes: lanes that shared memory serves together share as much as they
  // can.
  const int lane_m = lane / 2 % 8, lane_n = lane % 2 + lane / 16 * 2;
  const int warp_m = warp / Tile::warps_n * (8 * Tile::each_m),
            warp_n = warp % Tile::warps_n * (4 * Tile::each_n);

  using CopierA = Copier<Tile::m, Tile::k, Tile::threads, a_k_major, wide>;
  using CopierB = Copier<Tile::n, Tile::k, Tile::threads, b_k_major, wide>;
  CopierA copy_a(g.a + blockIdx.z * g.a_batch + i0 * g.a_row, g.a_row, g.a_col, g.m - i0);
  CopierB copy_b(g.b + blockIdx.z * g.b_batch + j0 * g.b_col, g.b_col, g.b_row, g.n - j0);
  constexpr int b_offset = Tile::pitch_a * Tile::k, passes = CopierA::passes + CopierB::passes;
  int k_left = static_cast<int>(g.k);
  const auto copy = [&](int pass, float* slice) {
    if (pass < CopierA::passes)
      copy_a.copy(pass, slice, k_left, g.a);
    else if (pass < passes)
      copy_b.copy(pass - CopierA::passes, slice + b_offset, k_left, g.b);
  };
  const auto next_slice = [&] {
    async_commit();
    copy_a.from += copy_a.step, copy_b.from += copy_b.step;
    k_left -= Tile::k;
  };
#pragma unroll
  for (int s = 0; s < Tile::stages - 1; ++s) {
#pragma unroll
    for (int pass = 0; pass < passes; ++pass) copy(pass, shared + s * Tile::stage_floats);
    next_slice();
  }

  float sum[Tile::each_m][Tile::each_n] = {};
  float fa[2][Tile::each_m], fb[2][Tile::each_n];
  async_wait<Tile::stages - 2>();
  __syncthreads();
  load_fragment<8>(fa[0], shared + warp_m, lane_m);
  load_fragment<4>(fb[0], shared + b_offset + warp_n, lane_n);
  int stage = 0, filling = Tile::stages - 1;
  for (std::int64_t k0 = 0; k0 < g.k; k0 += Tile::k) {
    const float* slice = shared + stage * Tile::stage_floats;
    float* to = shared + filling * Tile::stage_floats;
    // The factors of the next step are read, and the copies of a later slice issued, between the products.
#pragma unroll
    for (int p = 0; p < Tile::k; ++p) {
      if (p == Tile::k - 1) {
        next_slice();
        async_wait<Tile::stages - 2>();
        __syncthreads();
        filling = stage;
        if (++stage == Tile::stages) stage = 0;
        slice = shared + stage * Tile::stage_floats;
      }
      const float* step = slice + warp_m + (p + 1) % Tile::k * Tile::pitch_a;
      load_fragment<8>(fa[(p + 1) % 2], step, lane_m);
      load_fragment<4>(fb[(p + 1) % 2], slice + b_offset + warp_n + (p + 1) % Tile::k * Tile::pitch_b,
                       lane_n);
      constexpr int each_step = (passes + Tile::k - 2) / (Tile::k - 1);
      if (p < Tile::k - 1) {
#pragma unroll
        for (int i = 0; i < each_step; ++i) copy(p * each_step + i, to);
      }
#pragma unroll
      for (int j = 0; j < Tile::each_n; ++j)
#pragma unroll
        for (int i = 0; i < Tile::each_m; ++i) {
          const int snake = j % 2 == 0 ? i : Tile::each_m - 1 - i;
          sum[snake][j] += fa[p % 2][snake] * fb[p % 2][j];
        }
    }
  }
  async_wait<0>();

  const bool wide_out =
      g.beta == 0 && g.ldc % 4 == 0 && g.c_batch % 4 == 0 && reinterpret_cast<std::uintptr_t>(g.c) % 16 == 0;
#pragma unroll
  for (int i = 0; i < Tile::each_m; ++i) {
    const std::int64_t row = i0 + warp_m + row_of_lane<8>(lane_m, i);
    if (row >= g.m) continue;
#pragma unroll
    for (int j = 0; j < Tile::each_n; j += 4) {
      const std::int64_t col = j0 + warp_n + row_of_lane<4>(lane_n, j);
      if (wide_out && col + 4 <= g.n) {
        *reinterpret_cast<float4*>(g.c + blockIdx.z * g.c_batch + row * g.ldc + col) = make_float4(
            g.alpha * sum[i][j], g.alpha * sum[i][j + 1], g.alpha * sum[i][j + 2], g.alpha * sum[i][j + 3]);
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
  const auto blocks = static_cast<unsigned>(ceil_div(g.m, Tile::m) * ceil_div(g.n, Tile::n));
  kernel<<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), Tile::threads, Tile::shared_bytes, stream>>>(g);
}

template <class Tile>
void set_up(Device& device) {
  const auto allow = [&](auto... kernels) { (allow_shared(device, kernels, Tile::shared_bytes), ...); };
  allow(multiply<Tile, true, true, true>, multiply<Tile, true, false, true>,
        multiply<Tile, true, false, false>, multiply<Tile, false, true, true>,
        multiply<Tile, false, true, false>, multiply<Tile, false, false, true>,
        multiply<Tile, false, false, false>);
}

/// Picks the variant for how the operands lie.
template <class Tile>
void launch(const CudaGemm<float>& g, cudaStream_t stream) {
  const bool a_k_major = g.a_col == 1, b_k_major = g.b_row == 1;
  const auto aligned = [](const float* data, std::int64_t leading, std::int64_t batch,
                          std::int64_t contiguous) {
    return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && leading % 4 == 0 && batch % 4 == 0 &&
           contiguous % 4 == 0;
  };
  const bool wide = (a_k_major || aligned(g.a, g.a_col, g.a_batch, g.m)) &&
                    (b_k_major || aligned(g.b, g.b_row, g.b_batch, g.n));
  const auto pick = [&](auto a, auto b) {
    if (wide)
      launch_as<Tile, decltype(a)::value, decltype(b)::value, true>(g, stream);
    else
      launch_as<Tile, decltype(a)::value, decltype(b)::value, false>(g, stream);
  };
  if (a_k_major && b_k_major) return launch_as<Tile, true, true, true>(g, stream);
  if (a_k_major) return pick(std::true_type{}, std::false_type{});
  if (b_k_major) return pick(std::false_type{}, std::true_type{});
  pick(std::false_type{}, std::false_type{});
}

}  // namespace gemmark::warp_tile
