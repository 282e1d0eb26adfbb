// Tensor cores through WMMA, fed from shared memory by a cp.async pipeline.
//
// A block of eight warps computes 128×256 (fp64: 64×128 with four), a warp 64×64, so that a fragment read from
// shared memory serves four products. Slices hold 64 bytes of k, padded by 16 so that the rows of a fragment fall
// on different banks: WMMA hides which thread holds what, and leaves no other way against conflicts.
//
// Cost: Hopper runs these instructions at about 62% of wgmma's rate, and the accumulators must pass through
// shared memory once more before they can be rounded to the output's type.
#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/wmma_types.cuh"

namespace gemmark {
namespace {

using namespace wmma_types;

template <class T>
struct Tiling {
  static constexpr bool fp64 = sizeof(typename T::Stored) == 8;
  static constexpr int warps_m = 2, warps_n = fp64 ? 2 : 4, warp_m = fp64 ? 32 : 64, warp_n = 64;
  static constexpr int m = warps_m * warp_m, n = warps_n * warp_n, threads = 32 * warps_m * warps_n;
  static constexpr int element = sizeof(typename T::Stored), k = 64 / element, stages = 4;
  static constexpr int tiles_m = warp_m / T::m, tiles_n = warp_n / T::n;
  static constexpr int chunk = 16 / element;
  // A fragment's row of sums, kept apart by four for the banks' sake, on its way out.
  static constexpr int patch_pitch = warp_n + 16 / static_cast<int>(sizeof(typename T::Sum));
};

/// One operand's slice: rows of k where K-major, else rows of the outer dimension.
template <class T, int outer, bool k_major>
struct Slice {
  using Tile = Tiling<T>;
  using Stored = typename T::Stored;
  static constexpr int row = k_major ? Tile::k : outer, pitch = row + Tile::chunk;
  static constexpr int elements = pitch * (k_major ? outer : Tile::k);
  static constexpr int chunks = outer * Tile::k / Tile::chunk, passes = chunks / Tile::threads;
  static_assert(passes * Tile::threads == chunks);

  static __device__ void copy(Stored* to, const Stored* base, std::int64_t leading, std::int64_t first,
                              std::int64_t outer_all, std::int64_t k0, std::int64_t k_all) {
#pragma unroll
    for (int i = 0; i < passes; ++i) {
      const int index = threadIdx.x + i * Tile::threads;
      const int line = index / (row / Tile::chunk), at = index % (row / Tile::chunk) * Tile::chunk;
      // In the stored matrix: its row, and where in that row.
      const std::int64_t stored_row = (k_major ? first : k0) + line, along = (k_major ? k0 : first) + at;
      const std::int64_t left = (k_major ? k_all : outer_all) - along;
      const bool exists = stored_row < (k_major ? outer_all : k_all) && left > 0;
      const int valid = !exists ? 0 : left < Tile::chunk ? static_cast<int>(left) * Tile::element : 16;
      async_copy_part(to + line * pitch + at, exists ? base + stored_row * leading + along : base, valid);
    }
  }
  static __device__ const Stored* at(const Stored* slice, int o, int p) {
    return k_major ? slice + o * pitch + p : slice + p * pitch + o;
  }
};

template <class T, bool a_k_major, bool b_k_major>
__global__ void __launch_bounds__(Tiling<T>::threads) pipelined(const Args<T> g) {
  using Tile = Tiling<T>;
  using SliceA = Slice<T, Tile::m, a_k_major>;
  using SliceB = Slice<T, Tile::n, b_k_major>;
  using Stored = typename T::Stored;
  using LayoutA = std::conditional_t<a_k_major, wmma::row_major, wmma::col_major>;
  using LayoutB = std::conditional_t<b_k_major, wmma::col_major, wmma::row_major>;
  extern __shared__ __align__(128) unsigned char dynamic_shared[];
  auto* shared = reinterpret_cast<Stored*>(dynamic_shared);
  int block_m, block_n;
  grouped_position(blockIdx.x, static_cast<int>((g.m + Tile::m - 1) / Tile::m),
                   static_cast<int>((g.n + Tile::n - 1) / Tile::n), 16, block_m, block_n);
  const std::int64_t i0 = block_m * std::int64_t{Tile::m}, j0 = block_n * std::int64_t{Tile::n};
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int warp_m = warp / Tile::warps_n * Tile::warp_m, warp_n = warp % Tile::warps_n * Tile::warp_n;
  const Stored* a = g.a + blockIdx.z * g.a_batch;
  const Stored* b = g.b + blockIdx.z * g.b_batch;
  const int slices = static_cast<int>((g.k + Tile::k - 1) / Tile::k);
  const auto copy = [&](int slice) {
    Stored* to = shared + slice % Tile::stages * (SliceA::elements + SliceB::elements);
    if (slice < slices) {
      SliceA::copy(to, a, g.lda, i0, g.m, slice * std::int64_t{Tile::k}, g.k);
      SliceB::copy(to + SliceA::elements, b, g.ldb, j0, g.n, slice * std::int64_t{Tile::k}, g.k);
    }
    async_commit();
  };

  wmma::fragment<wmma::accumulator, T::m, T::n, T::k, typename T::Sum> sum[Tile::tiles_m][Tile::tiles_n];
#pragma unroll
  for (int i = 0; i < Tile::tiles_m; ++i)
#pragma unroll
    for (int j = 0; j < Tile::tiles_n; ++j) wmma::fill_fragment(sum[i][j], typename T::Sum{0});
  for (int s = 0; s < Tile::stages - 1; ++s) copy(s);
  for (int slice = 0; slice < slices; ++slice) {
    async_wait<Tile::stages - 2>();
    __syncthreads();
    copy(slice + Tile::stages - 1);
    const Stored* from = shared + slice % Tile::stages * (SliceA::elements + SliceB::elements);
#pragma unroll
    for (int p = 0; p < Tile::k; p += T::k) {
      wmma::fragment<wmma::matrix_a, T::m, T::n, T::k, typename T::Fragment, LayoutA> fa[Tile::tiles_m];
      wmma::fragment<wmma::matrix_b, T::m, T::n, T::k, typename T::Fragment, LayoutB> fb[Tile::tiles_n];
#pragma unroll
      for (int i = 0; i < Tile::tiles_m; ++i) {
        wmma::load_matrix_sync(fa[i], SliceA::at(from, warp_m + i * T::m, p), SliceA::pitch);
        round_operand(fa[i]);
      }
#pragma unroll
      for (int j = 0; j < Tile::tiles_n; ++j) {
        wmma::load_matrix_sync(fb[j], SliceB::at(from + SliceA::elements, warp_n + j * T::n, p), SliceB::pitch);
        round_operand(fb[j]);
      }
#pragma unroll
      for (int i = 0; i < Tile::tiles_m; ++i)
#pragma unroll
        for (int j = 0; j < Tile::tiles_n; ++j) wmma::mma_sync(sum[i][j], fa[i], fb[j], sum[i][j]);
    }
  }

  // The slices are done with: each warp takes a patch of that memory for a row of fragments at a time.
  async_wait<0>();
  __syncthreads();
  auto* patch = reinterpret_cast<typename T::Sum*>(dynamic_shared) + warp * T::m * Tile::patch_pitch;
#pragma unroll
  for (int i = 0; i < Tile::tiles_m; ++i) {
#pragma unroll
    for (int j = 0; j < Tile::tiles_n; ++j)
      wmma::store_matrix_sync(patch + j * T::n, sum[i][j], Tile::patch_pitch, wmma::mem_row_major);
    __syncwarp();
#pragma unroll 4
    for (int r = 0; r < T::m; ++r) {
      const std::int64_t row = i0 + warp_m + i * T::m + r;
#pragma unroll
      for (int part = 0; part < Tile::warp_n; part += 32) {
        const std::int64_t col = j0 + warp_n + part + lane;
        if (row < g.m && col < g.n)
          g.store(g.c + blockIdx.z * g.c_batch + row * g.ldc + col, patch[r * Tile::patch_pitch + part + lane]);
      }
    }
    __syncwarp();
  }
}

template <class T, bool a_k_major, bool b_k_major>
void launch(const Gemm& g, const Operands& operands, cudaStream_t stream) {
  using Tile = Tiling<T>;
  constexpr int slices = Tile::stages * (Slice<T, Tile::m, a_k_major>::elements +
                                         Slice<T, Tile::n, b_k_major>::elements) * Tile::element;
  constexpr int patches = Tile::threads / 32 * T::m * Tile::patch_pitch * static_cast<int>(sizeof(typename T::Sum));
  constexpr int shared_bytes = slices > patches ? slices : patches;
  const auto kernel = pipelined<T, a_k_major, b_k_major>;
  static const cudaError_t allowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes);
  GEMMARK_CUDA_CHECK(allowed);
  const auto blocks = static_cast<unsigned>(ceil_div(g.m, Tile::m) * ceil_div(g.n, Tile::n));
  kernel<<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), Tile::threads, shared_bytes, stream>>>(
      args<T>(g, operands));
  GEMMARK_CUDA_CHECK(cudaGetLastError());
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  return std::make_unique<LaunchPlan>(
      [g = std::get<Gemm>(request.problem)](const Operands& operands, cudaStream_t stream) {
        with_types(g, [&]<class T, bool a, bool b>() { launch<T, a, b>(g, operands, stream); });
      });
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return Kernel{.device_kind = "cuda",
                    .summary = "WMMA from shared memory, four-stage cp.async",
                    .supports = wmma_types::supports,
                    .plan = plan};
    }};

}  // namespace gemmark
