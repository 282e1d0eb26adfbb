// Tensor cores through WMMA, fed from shared memory by a cp.async pipeline.
//
// A block of eight warps computes 128×256 (fp64: four, 64×128), a warp 64×64, so that a fragment read from
// shared memory serves four products. Slices hold 128 bytes of k, padded by 16 so that the rows of a fragment
// fall on different banks: WMMA hides which thread holds what, and leaves no other way against conflicts. The
// fragments of the next step are read, and pieces of a later slice copied, while this step's products are
// under way.
//
// Cost: Hopper runs these instructions at about 62% of wgmma's rate, and here they are under way three
// quarters of the time. Every other padded row starts in the middle of a sector, and cp.async then asks L2
// for it twice; only a permutation, which WMMA does not allow, avoids both that and the banks. And the
// accumulators must pass through shared memory once more before they can be rounded.
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
  static constexpr int element = sizeof(typename T::Stored), k = 128 / element, stages = 3;
  static constexpr int steps = k / T::k;
  static_assert(steps % 2 == 0, "two sets of fragments take turns");
  static constexpr int tiles_m = warp_m / T::m, tiles_n = warp_n / T::n;
  static constexpr int chunk = 16 / element;
  // A fragment's row of sums, kept apart by four for the banks' sake, on its way out.
  static constexpr int patch_pitch = warp_n + 16 / static_cast<int>(sizeof(typename T::Sum));
};

/// One operand's slice: rows of k where K-major, else rows of the outer dimension. A thread copies pieces of
/// 16 bytes that lie a fixed number of rows apart; `whole` where none of them straddles the matrix's edge,
/// which saves half a dozen instructions a piece.
template <class T, int outer, bool k_major, bool whole>
struct Slice {
  using Tile = Tiling<T>;
  using Stored = typename T::Stored;
  static constexpr int row = k_major ? Tile::k : outer, rows = k_major ? outer : Tile::k;
  static constexpr int pitch = row + Tile::chunk, elements = pitch * rows;
  static constexpr int along = row / Tile::chunk, apart = Tile::threads / along, passes = rows / apart;
  static_assert(apart * along == Tile::threads && passes * apart == rows);

  const Stored* from;
  std::int64_t piece_step, slice_step;
  int line, at, outer_left;

  __device__ Slice(const Stored* base, std::int64_t leading, std::int64_t first, std::int64_t outer_all)
      : piece_step(apart * leading),
        slice_step(Tile::k * (k_major ? 1 : leading)),
        line(threadIdx.x / along),
        at(threadIdx.x % along * Tile::chunk),
        outer_left(static_cast<int>(min(outer_all - first, std::int64_t{outer}))) {
    from = base + (k_major ? first * leading : first) + line * leading + at;
  }
  __device__ void copy(int pass, Stored* to, int k_left) const {
    const int left = (k_major ? k_left : outer_left) - at;
    const bool exists = line + pass * apart < (k_major ? outer_left : k_left);
    Stored* piece = to + (line + pass * apart) * pitch + at;
    if constexpr (whole)
      async_copy<16>(piece, from + pass * piece_step, exists && left > 0);
    else
      async_copy_part(piece, from + pass * piece_step, exists ? min(max(left, 0) * Tile::element, 16) : 0);
  }
  static __device__ const Stored* place(const Stored* slice, int o, int p) {
    return k_major ? slice + o * pitch + p : slice + p * pitch + o;
  }
};

template <class T, bool a_k_major, bool b_k_major, bool whole>
struct Fragments {
  using Tile = Tiling<T>;
  using SliceA = Slice<T, Tile::m, a_k_major, whole>;
  using SliceB = Slice<T, Tile::n, b_k_major, whole>;
  using LayoutA = std::conditional_t<a_k_major, wmma::row_major, wmma::col_major>;
  using LayoutB = std::conditional_t<b_k_major, wmma::col_major, wmma::row_major>;
  wmma::fragment<wmma::matrix_a, T::m, T::n, T::k, typename T::Fragment, LayoutA> a[Tile::tiles_m];
  wmma::fragment<wmma::matrix_b, T::m, T::n, T::k, typename T::Fragment, LayoutB> b[Tile::tiles_n];

  __device__ void load(const typename T::Stored* slice, int warp_m, int warp_n, int p) {
    const auto address = [](const auto* at) {
      return static_cast<std::uint32_t>(__cvta_generic_to_shared(at));
    };
#pragma unroll
    for (int i = 0; i < Tile::tiles_m; ++i) {
      load_shared<SliceA::pitch>(a[i], address(SliceA::place(slice, warp_m + i * T::m, p)));
      round_operand(a[i]);
    }
#pragma unroll
    for (int j = 0; j < Tile::tiles_n; ++j) {
      load_shared<SliceB::pitch>(b[j],
                                 address(SliceB::place(slice + SliceA::elements, warp_n + j * T::n, p)));
      round_operand(b[j]);
    }
  }
};

template <class T, bool a_k_major, bool b_k_major, bool whole>
__global__ void __launch_bounds__(Tiling<T>::threads, Tiling<T>::fp64 ? 2 : 1) pipelined(const Args<T> g) {
  using Tile = Tiling<T>;
  using SliceA = Slice<T, Tile::m, a_k_major, whole>;
  using SliceB = Slice<T, Tile::n, b_k_major, whole>;
  using Stored = typename T::Stored;
  extern __shared__ __align__(128) unsigned char dynamic_shared[];
  auto* shared = reinterpret_cast<Stored*>(dynamic_shared);
  constexpr int stage_elements = SliceA::elements + SliceB::elements,
                passes = SliceA::passes + SliceB::passes;
  int block_m, block_n;
  grouped_position(blockIdx.x, static_cast<int>((g.m + Tile::m - 1) / Tile::m),
                   static_cast<int>((g.n + Tile::n - 1) / Tile::n), 16, block_m, block_n);
  const std::int64_t i0 = block_m * std::int64_t{Tile::m}, j0 = block_n * std::int64_t{Tile::n};
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int warp_m = warp / Tile::warps_n * Tile::warp_m, warp_n = warp % Tile::warps_n * Tile::warp_n;
  SliceA copy_a(g.a + blockIdx.z * g.a_batch, g.lda, i0, g.m);
  SliceB copy_b(g.b + blockIdx.z * g.b_batch, g.ldb, j0, g.n);
  int k_left = static_cast<int>(g.k);
  const auto copy = [&](int pass, int stage) {
    Stored* to = shared + stage * stage_elements;
    if (pass < SliceA::passes)
      copy_a.copy(pass, to, k_left);
    else if (pass < passes)
      copy_b.copy(pass - SliceA::passes, to + SliceA::elements, k_left);
  };
  const auto next_slice = [&] {
    async_commit();
    copy_a.from += copy_a.slice_step, copy_b.from += copy_b.slice_step;
    k_left -= Tile::k;
  };

  wmma::fragment<wmma::accumulator, T::m, T::n, T::k, typename T::Sum> sum[Tile::tiles_m][Tile::tiles_n];
#pragma unroll
  for (int i = 0; i < Tile::tiles_m; ++i)
#pragma unroll
    for (int j = 0; j < Tile::tiles_n; ++j) wmma::fill_fragment(sum[i][j], typename T::Sum{0});
#pragma unroll
  for (int s = 0; s < Tile::stages - 1; ++s) {
#pragma unroll
    for (int pass = 0; pass < passes; ++pass) copy(pass, s);
    next_slice();
  }
  async_wait<Tile::stages - 2>();
  __syncthreads();
  Fragments<T, a_k_major, b_k_major, whole> fragments[2];
  fragments[0].load(shared, warp_m, warp_n, 0);
  int stage = 0, filling = Tile::stages - 1;
  for (std::int64_t k0 = 0; k0 < g.k; k0 += Tile::k) {
#pragma unroll
    for (int step = 0; step < Tile::steps; ++step) {
      constexpr int each = (passes + Tile::steps - 2) / (Tile::steps - 1);
      if (step == Tile::steps - 1) {
        next_slice();
        async_wait<Tile::stages - 2>();
        __syncthreads();
        filling = stage;
        if (++stage == Tile::stages) stage = 0;
      }
      fragments[(step + 1) % 2].load(shared + stage * stage_elements, warp_m, warp_n,
                                     (step + 1) % Tile::steps * T::k);
      if (step < Tile::steps - 1) {
#pragma unroll
        for (int i = 0; i < each; ++i) copy(step * each + i, filling);
      }
      const auto& now = fragments[step % 2];
#pragma unroll
      for (int i = 0; i < Tile::tiles_m; ++i)
#pragma unroll
        for (int j = 0; j < Tile::tiles_n; ++j) wmma::mma_sync(sum[i][j], now.a[i], now.b[j], sum[i][j]);
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
          g.store(g.c + blockIdx.z * g.c_batch + row * g.ldc + col,
                  patch[r * Tile::patch_pitch + part + lane]);
      }
    }
    __syncwarp();
  }
}

template <class T, bool a_k_major, bool b_k_major>
constexpr int shared_bytes_of() {
  using Tile = Tiling<T>;
  constexpr int slices =
      Tile::stages *
      (Slice<T, Tile::m, a_k_major, true>::elements + Slice<T, Tile::n, b_k_major, true>::elements) *
      Tile::element;
  constexpr int patches =
      Tile::threads / 32 * T::m * Tile::patch_pitch * static_cast<int>(sizeof(typename T::Sum));
  return slices > patches ? slices : patches;
}

template <class T, bool a_k_major, bool b_k_major, bool whole>
std::unique_ptr<Plan> plan_as(const PlanRequest& request) {
  using Tile = Tiling<T>;
  constexpr int shared_bytes = shared_bytes_of<T, a_k_major, b_k_major>();
  const auto kernel = pipelined<T, a_k_major, b_k_major, whole>;
  allow_shared(request.device, kernel, shared_bytes);
  return std::make_unique<LaunchPlan>(
      [kernel, g = std::get<Gemm>(request.problem)](const Operands& operands, cudaStream_t stream) {
        const auto blocks = static_cast<unsigned>(ceil_div(g.m, Tile::m) * ceil_div(g.n, Tile::n));
        kernel<<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), Tile::threads, shared_bytes, stream>>>(
            args<T>(g, operands));
        GEMMARK_CUDA_CHECK(cudaGetLastError());
      });
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  const auto& g = std::get<Gemm>(request.problem);
  std::unique_ptr<Plan> made;
  with_types(g, [&]<class T, bool a, bool b>() {
    constexpr int chunk = Tiling<T>::chunk;
    const bool whole = (a ? g.k : g.m) % chunk == 0 && (b ? g.k : g.n) % chunk == 0;
    made = whole ? plan_as<T, a, b, true>(request) : plan_as<T, a, b, false>(request);
  });
  return made;
}

Support fits(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (Support common = wmma_types::supports(problem, device); !common) return common;
  if (Support small = extents_below(g, 28); !small) return small;
  int bytes = 0;
  with_types(g, [&]<class T, bool a, bool b>() { bytes = shared_bytes_of<T, a, b>(); });
  return needs_shared(device, bytes);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{.device_kind = "cuda",
                                                .summary = "WMMA from shared memory, cp.async pipeline",
                                                .supports = fits,
                                                .plan = plan};
                                }};

}  // namespace gemmark
