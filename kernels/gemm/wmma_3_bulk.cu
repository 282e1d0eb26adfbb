// WMMA fed by the copy engine: consumers do nothing but load fragments and multiply.
//
// The pipeline is that of the wgmma kernels: one thread asks for whole slices by TMA, mbarriers count bytes
// and readers, blocks stay and walk over the tiles, and two blocks of a cluster fetch half of B each for
// both. New is who pads. WMMA reads rows that lie a fixed distance apart, and their banks differ only where
// that distance is an odd number of 16 bytes; TMA's swizzle is no such distance. But a box may be wider than
// the step from one box to the next: rows of 144 bytes arrive every 128, each with 16 bytes of its neighbour
// that nobody reads.
//
// Cost: on an H200, cold, tb=1, in one run, as a share of the best of cuBLASLt at 4096³ and 8192³: bf16 0.62
// and 0.62 (wmma_2 0.57 and 0.57), fp16 0.63 and 0.63 (0.57 and 0.58), int8 0.46 and 0.47 (0.41 and 0.43);
// tf32 no faster. What is left of bf16 is waiting for slices: without the waits (and so with wrong results)
// it reached 0.7. Of int8, at 4096³, registers alone multiply at 0.60 (WMMA's int8 is made of m16n8k16, half
// of the widest instruction), with loads of fragments at 0.50: issue costs it more than waiting. So the
// warp's number is kept uniform, which puts addresses into uniform registers (in a driver of its own 648
// TOP/s became 685), and slices are given back before the next wait (663). Read wmma_2 and wgmma_3 first.
#include <algorithm>
#include <utility>

#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/wgmma_host.hpp"
#include "kernels/gemm/wgmma_pipeline.cuh"
#include "kernels/gemm/wmma_types.cuh"

namespace gemmark {
namespace {

using namespace wmma_types;
using namespace wgmma;

constexpr int tile_m = 128, tile_n = 256, warp_m = 64, warp_n = 64, warps_n = tile_n / warp_n;
constexpr int consumers = tile_m / warp_m * warps_n, threads = 32 * consumers + 128;
constexpr int cluster = 2, tile_part = tile_n / cluster;
constexpr int slice_bytes = 128, pitch = slice_bytes + 16, stages = 3;
constexpr int a_bytes = tile_m * pitch, b_bytes = tile_n * pitch, stage_bytes = a_bytes + b_bytes;
// A warp's row of fragments on its way out; eight words more than a row keep the halves of a store apart.
constexpr int patch_pitch = warp_n + 8, patch_bytes = 16 * patch_pitch * 4;
constexpr int shared_bytes = stages * stage_bytes + consumers * patch_bytes;

/// Where an operand's elements lie in a stage. K-major, a row is one of m or n and holds a slice's k; else it
/// is one of k and holds 128 bytes along m or n, and such panels follow each other.
template <class T, bool k_major>
struct Layout {
  static constexpr int element = sizeof(typename T::Stored), row = slice_bytes / element;
  static constexpr int place(int along, int k) {
    return k_major ? along * pitch + k * element
                   : along / row * (row * pitch) + k * pitch + along % row * element;
  }
  /// Copies `extent` of m or n from `first` on of one slice, to every block of the cluster where `shared`.
  template <int extent, bool shared>
  static __device__ void copy(std::uint32_t to, const CUtensorMap& map, int first, int slice, int index,
                              std::uint32_t ready) {
    constexpr std::uint16_t blocks = (1 << cluster) - 1;
    if constexpr (k_major) {
      copy_box<shared>(to, map, slice * row, first, index, ready, blocks);
    } else {
#pragma unroll
      for (int i = 0; i < extent; i += row)
        copy_box<shared>(to + place(i, 0), map, first + i, slice * row, index, ready, blocks);
    }
  }
};

struct Walk {
  int tiles_m, tiles_n, count, k_slices;  ///< tiles of a cluster

  __device__ void locate(int tile, int rank, int& row, int& col, int& index) const {
    index = tile / (tiles_m * tiles_n);
    grouped_position(tile % (tiles_m * tiles_n), tiles_m, tiles_n, 8, row, col);
    row = (row * cluster + rank) * tile_m, col *= tile_n;
  }
};

/// f(0), f(1) … with numbers that are constants to the compiler.
template <int n, class F>
__device__ __forceinline__ void unrolled(F f) {
  [&]<int... i>(std::integer_sequence<int, i...>) { (f(std::integral_constant<int, i>{}), ...); }
  (std::make_integer_sequence<int, n>{});
}

template <class T, bool a_k_major, bool b_k_major>
struct Fragments {
  using LayoutA = Layout<T, a_k_major>;
  using LayoutB = Layout<T, b_k_major>;
  static constexpr int tiles_m = warp_m / T::m, tiles_n = warp_n / T::n, steps = LayoutA::row / T::k;
  wmma::fragment<wmma::matrix_a, T::m, T::n, T::k, typename T::Fragment,
                 std::conditional_t<a_k_major, wmma::row_major, wmma::col_major>>
      a[tiles_m];
  wmma::fragment<wmma::matrix_b, T::m, T::n, T::k, typename T::Fragment,
                 std::conditional_t<b_k_major, wmma::col_major, wmma::row_major>>
      b[tiles_n];

  /// From the warp's places in a stage.
  template <int step>
  __device__ __forceinline__ void load(std::uint32_t from_a, std::uint32_t from_b) {
    constexpr int leading = pitch / LayoutA::element;
    unrolled<tiles_m>([&]<int i>(std::integral_constant<int, i>) {
      load_shared<leading, LayoutA::place(i * T::m, step * T::k)>(a[i], from_a);
    });
    unrolled<tiles_n>([&]<int j>(std::integral_constant<int, j>) {
      load_shared<leading, LayoutB::place(j * T::n, step * T::k)>(b[j], from_b);
    });
  }
};

/// Four neighbouring elements of C at once, where they are all there and start on 16 bytes (16-bit ones on
/// 8).
template <class T>
__device__ __forceinline__ void store_four(const Args<T>& g, typename T::Out* to,
                                           const typename T::Sum* from) {
  using Out = typename T::Out;
  alignas(16) typename T::Sum sum[4];
  *reinterpret_cast<uint4*>(sum) = *reinterpret_cast<const uint4*>(from);
  alignas(16) Out out[4];
#pragma unroll
  for (int e = 0; e < 4; ++e) out[e] = g.scaled(sum[e]);
  using Words = std::conditional_t<sizeof(Out) == 4, uint4, uint2>;
  *reinterpret_cast<Words*>(to) = *reinterpret_cast<const Words*>(out);
}

template <class T, bool a_k_major, bool b_k_major>
__global__ void __launch_bounds__(threads, 1)
    bulk(const __grid_constant__ CUtensorMap map_a, const __grid_constant__ CUtensorMap map_b,
         const Walk walk, const Args<T> g) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  using Set = Fragments<T, a_k_major, b_k_major>;
  extern __shared__ __align__(128) unsigned char dynamic_shared[];
  __shared__ std::uint64_t barriers[2][stages];
  const std::uint32_t base = shared_address(dynamic_shared);
  const std::uint32_t full = shared_address(barriers[0]), empty = shared_address(barriers[1]);
  if (threadIdx.x == 0) {
    for (int s = 0; s < stages; ++s) {
      barrier_init(full + 8 * s, 1);
      barrier_init(empty + 8 * s, consumers * cluster);
    }
    barrier_init_done();
  }
  cluster_sync();
  // Told by lane 0, the compiler knows the warp's number to be one for all lanes; what follows from it
  // (stages, places of fragments) is then computed in uniform registers, out of the multiplications' way.
  const int warp = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 32, 0), lane = threadIdx.x % 32,
            rank = static_cast<int>(block_rank_in_cluster());
  const int first = blockIdx.x / cluster, stride = gridDim.x / cluster;

  if (warp >= consumers) {
    give_registers<24>();
    if (threadIdx.x == 32 * consumers) {
      int stage = 0;
      std::uint32_t parity = 1;
      for (int tile = first; tile < walk.count; tile += stride) {
        int row, col, index;
        walk.locate(tile, rank, row, col, index);
        for (int slice = 0; slice < walk.k_slices; ++slice) {
          barrier_wait(empty + 8 * stage, parity);
          const std::uint32_t ready = full + 8 * stage, a = base + stage * stage_bytes;
          barrier_expect_bytes(ready, stage_bytes);
          Set::LayoutA::template copy<tile_m, false>(a, map_a, row, slice, index, ready);
          Set::LayoutB::template copy<tile_part, true>(a + a_bytes + rank * tile_part * pitch, map_b,
                                                       col + rank * tile_part, slice, index, ready);
          if (++stage == stages) stage = 0, parity ^= 1;
        }
      }
    }
    __syncwarp();
  } else {
    take_registers<240>();
    const int m_of_warp = warp / warps_n * warp_m, n_of_warp = warp % warps_n * warp_n;
    const std::uint32_t from_a = base + Set::LayoutA::place(m_of_warp, 0),
                        from_b = base + a_bytes + Set::LayoutB::place(n_of_warp, 0);
    auto* patch =
        reinterpret_cast<typename T::Sum*>(dynamic_shared + stages * stage_bytes + warp * patch_bytes);
    Set set[2];
    wmma::fragment<wmma::accumulator, T::m, T::n, T::k, typename T::Sum> sum[Set::tiles_m][Set::tiles_n];
    const auto multiply = [&](const Set& now) {
#pragma unroll
      for (int i = 0; i < Set::tiles_m; ++i)
#pragma unroll
        for (int j = 0; j < Set::tiles_n; ++j) wmma::mma_sync(sum[i][j], now.a[i], now.b[j], sum[i][j]);
    };
    static_assert(Set::steps % 2 == 0, "two sets of fragments take turns");
    int left = first < walk.count ? ((walk.count - 1 - first) / stride + 1) * walk.k_slices : 0;
    std::uint32_t stage = 0, parity = 0;
    if (left > 0) {
      barrier_wait(full, 0);
      set[0].template load<0>(from_a, from_b);
    }
    for (int tile = first; tile < walk.count; tile += stride) {
#pragma unroll
      for (int i = 0; i < Set::tiles_m; ++i)
#pragma unroll
        for (int j = 0; j < Set::tiles_n; ++j) wmma::fill_fragment(sum[i][j], typename T::Sum{0});
#pragma unroll 1
      for (int slice = 0; slice < walk.k_slices; ++slice) {
        const std::uint32_t at = stage * stage_bytes, done = empty + 8 * stage;
        unrolled<Set::steps - 1>([&]<int step>(std::integral_constant<int, step>) {
          set[(step + 1) % 2].template load<step + 1>(from_a + at, from_b + at);
          multiply(set[step % 2]);
        });
        // Before the wait: a slice that is late must not hold up the next one for this place.
        __syncwarp();
        if (lane < cluster) barrier_arrive(done, lane);
        if (++stage == stages) stage = 0, parity ^= 1;
        if (--left > 0) {
          barrier_wait(full + 8 * stage, parity);
          set[0].template load<0>(from_a + stage * stage_bytes, from_b + stage * stage_bytes);
        }
        multiply(set[1]);
      }

      int row, col, index;
      walk.locate(tile, rank, row, col, index);
      row += m_of_warp, col += n_of_warp;
      using Out = typename T::Out;
      Out* c = g.c + index * g.c_batch + row * g.ldc + col;
      const bool wide = g.beta == 0 && row + warp_m <= g.m && col + warp_n <= g.n &&
                        reinterpret_cast<std::uintptr_t>(c) % 16 == 0 && g.ldc * sizeof(Out) % 16 == 0;
#pragma unroll
      for (int i = 0; i < Set::tiles_m; ++i) {
#pragma unroll
        for (int j = 0; j < Set::tiles_n; ++j)
          wmma::store_matrix_sync(patch + j * T::n, sum[i][j], patch_pitch, wmma::mem_row_major);
        __syncwarp();
        if (wide) {
#pragma unroll
          for (int r = 0; r < T::m; r += 4)
#pragma unroll
            for (int part = 0; part < warp_n; part += 32) {
              const int patch_row = r + lane / 8, patch_col = part + lane % 8 * 4;
              store_four(g, c + (i * T::m + patch_row) * g.ldc + patch_col,
                         patch + patch_row * patch_pitch + patch_col);
            }
        } else {
#pragma unroll 1
          for (int e = lane; e < T::m * warp_n; e += 32) {
            const int r = e / warp_n, at = e % warp_n;
            if (row + i * T::m + r < g.m && col + at < g.n)
              g.store(c + (i * T::m + r) * g.ldc + at, patch[r * patch_pitch + at]);
          }
        }
        __syncwarp();
      }
    }
  }
  // A block must not leave while the other may still write into it or signal it.
  cluster_sync();
#endif
}

/// One launch on as many clusters as are resident at a time.
class BulkPlan final : public Plan {
 public:
  using Launch = void (*)(const cudaLaunchConfig_t&, const Maps&, const Gemm&, const Walk&, const Operands&);
  BulkPlan(const Gemm& problem, Device& device) : problem_(problem) {
    with_types(problem, [&]<class T, bool a, bool b>() {
      if constexpr (!std::is_same_v<T, Fp64>) set_up<T, a, b>(device);
    });
  }
  void run(const Operands& operands, Queue queue) override {
    const int k_rows = slice_bytes * 8 / info(info(problem_.in).a).bits;
    const auto map = [&](const Tensor& tensor, int rows) {
      return tensor_map(tensor, problem_.in, rows, pitch, CU_TENSOR_MAP_SWIZZLE_NONE);
    };
    maps_.refresh(
        operands, [&](const Tensor& a) { return map(a, problem_.ta ? k_rows : tile_m); },
        [&](const Tensor& b) { return map(b, problem_.tb ? tile_part : k_rows); });
    config_.stream = stream_of(queue);
    launch_(config_, maps_, problem_, walk_, operands);
  }

 private:
  template <class T, bool a_k_major, bool b_k_major>
  void set_up(Device& device) {
    const auto kernel = bulk<T, a_k_major, b_k_major>;
    allow_shared(device, kernel, shared_bytes);
    const int multiprocessors = std::stoi(device.info().facts.at("multiprocessors"));
    const std::int64_t along_m = ceil_div(problem_.m, tile_m * cluster),
                       along_n = ceil_div(problem_.n, tile_n);
    walk_ = {static_cast<int>(along_m), static_cast<int>(along_n),
             static_cast<int>(along_m * along_n * problem_.batch),
             static_cast<int>(ceil_div(problem_.k, Layout<T, true>::row))};
    config_.blockDim = dim3(threads);
    config_.dynamicSmemBytes = shared_bytes;
    cluster_.id = cudaLaunchAttributeClusterDimension;
    cluster_.val.clusterDim = {cluster, 1, 1};
    config_.attrs = &cluster_;
    config_.numAttrs = 1;
    config_.gridDim = dim3(static_cast<unsigned>(multiprocessors / cluster * cluster));
    int resident = 0;
    GEMMARK_CUDA_CHECK(cudaOccupancyMaxActiveClusters(&resident, kernel, &config_));
    config_.gridDim = dim3(static_cast<unsigned>(std::min(resident, walk_.count) * cluster));
    launch_ = [](const cudaLaunchConfig_t& config, const Maps& maps, const Gemm& g, const Walk& walk,
                 const Operands& operands) {
      GEMMARK_CUDA_CHECK(cudaLaunchKernelEx(&config, bulk<T, a_k_major, b_k_major>, maps.a, maps.b, walk,
                                            args<T>(g, operands)));
    };
  }

  Gemm problem_;
  Walk walk_{};
  Launch launch_ = nullptr;
  cudaLaunchConfig_t config_{};
  cudaLaunchAttribute cluster_{};
  Maps maps_;
};

Support supports_bulk(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (Support sm = needs_sm(device, 90, true); !sm) return sm;
  if (g.in == Precision::fp64) return has_no(g.in);
  if (Support common = wmma_types::supports(problem, device); !common) return common;
  if (Support small = extents_below(g, 30); !small) return small;
  if (static_cast<double>(ceil_div(g.m, tile_m)) * static_cast<double>(ceil_div(g.n, tile_n)) *
          static_cast<double>(g.batch) * static_cast<double>(ceil_div(g.k, 32)) >
      0x1p30)
    return Support::no("has more than 2^30 slices");
  return needs_shared(device, shared_bytes);
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return Kernel{.device_kind = "cuda",
                    .summary = "WMMA fed by TMA, padded by the copy, persistent clusters",
                    .supports = supports_bulk,
                    .plan = [](const PlanRequest& request) -> std::unique_ptr<Plan> {
                      return std::make_unique<BulkPlan>(std::get<Gemm>(request.problem), request.device);
                    }};
    }};

}  // namespace gemmark
