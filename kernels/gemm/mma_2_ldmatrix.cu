// mma.sync for 16-, 8- and 4-bit operands: what WMMA hides, written out, and faster for it.
//
// A block of eight warps computes 128×256, a warp 64×64, like the pipelined WMMA kernel. Knowing which thread
// holds what buys three things. Slices need no padding: the 16-byte pieces of a row of 128 bytes are permuted
// by the row's last bits, so that ldmatrix, which gathers an 8×8 matrix from eight such pieces, meets eight
// different banks; the room saved is a fourth stage. Sums leave straight from registers, in 16-byte stores.
// And as no epilogue needs shared memory, blocks stay and walk over the tiles: the next tile's first slices
// arrive while this one's sums are written. A fragment is 16 rows of 32 bytes whatever the type, so one
// kernel serves all; operands that lie along m or n are transposed by ldmatrix, which can for 16 bits only.
//
// Cost: every operand byte passes through shared memory and registers once a warp, 4 KB for 32 instructions;
// wgmma, which reads shared memory by itself and for four warps at once, is the answer. Hopper has no 4-bit
// Tensor cores: mma…s4 compiles to an emulation, at 43 TOP/s where s8 makes 800. Read wmma_2 first.
#include <algorithm>

#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/device_gemm.hpp"
#include "kernels/gemm/wgmma_epilogue.cuh"

namespace gemmark {
namespace {

using wgmma::Output;

constexpr int tile_m = 128, tile_n = 256, row_bytes = 128, stages = 4, threads = 256, warp_m = 64,
              warp_n = 64;
constexpr int a_bytes = tile_m * row_bytes, b_bytes = tile_n * row_bytes, stage_bytes = a_bytes + b_bytes;
constexpr int shared_bytes = stages * stage_bytes;
constexpr int steps = row_bytes / 32;
constexpr int m_tiles = warp_m / 16, n_tiles = warp_n / 8;

#define GEMMARK_MMA(types, sum_type, letter, shape)                                                        \
  struct types {                                                                                           \
    using Sum = sum_type;                                                                                  \
    static __device__ __forceinline__ void multiply(Sum* d, const std::uint32_t (&a)[4], std::uint32_t b0, \
                                                    std::uint32_t b1) {                                    \
      asm volatile("mma.sync.aligned." shape " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"      \
                   : letter(d[0]), letter(d[1]), letter(d[2]), letter(d[3])                                \
                   : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));                        \
    }                                                                                                      \
  };
GEMMARK_MMA(Fp16, float, "+f", "m16n8k16.row.col.f32.f16.f16.f32")
GEMMARK_MMA(Bf16, float, "+f", "m16n8k16.row.col.f32.bf16.bf16.f32")
GEMMARK_MMA(Int8, int, "+r", "m16n8k32.row.col.s32.s8.s8.s32")
GEMMARK_MMA(Int4, int, "+r", "m16n8k64.row.col.s32.s4.s4.s32")
#undef GEMMARK_MMA

/// Extents and pitches in bytes along the contiguous dimension; `along` is m or n.
struct Operand {
  const char* data;
  std::int64_t pitch, batch_pitch;
  int along;
};
struct Args {
  Operand a, b;
  int k;  ///< in elements
  int tiles_m, tiles_n, count;
};

/// One operand's part of the copies, as one thread issues them: pieces of 16 bytes, 32 rows of 128 bytes a
/// pass. K-major, a row is one of m or n; else one of k, and panels of 128 bytes follow each other.
template <int tile, int element_bits, bool k_major, bool whole>
struct Copier {
  static constexpr int passes = tile / 32;
  static constexpr int k_elements = row_bytes * 8 / element_bits;

  const char* from;
  int along_left;  ///< of m or n, from this thread's first row (K-major) or element of a panel

  __device__ static int line() { return threadIdx.x / 8; }
  __device__ static int piece() { return threadIdx.x % 8; }

  __device__ void start(const Operand& operand, int first, int batch) {
    const std::int64_t offset = k_major ? (first + line()) * operand.pitch + piece() * 16
                                        : line() * operand.pitch + (first * 2 + piece() * 16);
    from = operand.data + batch * operand.batch_pitch + offset;
    along_left = operand.along - first - (k_major ? line() : piece() * 8);
  }
  __device__ void copy(int pass, std::uint32_t stage, std::int64_t pitch, int k_left) const {
    const int row = line() + pass * 32;
    const std::uint32_t to = stage + row * row_bytes + ((piece() ^ (line() % 8)) * 16);
    if constexpr (k_major) {
      const int bits_left = along_left > pass * 32 ? k_left * element_bits - piece() * 128 : 0;
      put(to, from + pass * 32 * pitch, bits_left);
    } else {
      const int panel = row / k_elements, k = row % k_elements;
      const int left = k < k_left ? along_left - panel * 64 : 0;
      put(to, from + (pass * 32 % k_elements) * pitch + panel * row_bytes, left * 16);
    }
  }
  __device__ static void put(std::uint32_t to, const char* source, int bits_left) {
    if constexpr (whole) {
      const int size = bits_left > 0 ? 16 : 0;
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(source), "r"(size)
                   : "memory");
    } else {
      const int size = min(max(bits_left / 8, 0), 16);
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(source), "r"(size)
                   : "memory");
    }
  }
  __device__ void next_slice(std::int64_t pitch) { from += k_major ? row_bytes : k_elements * pitch; }
};

template <bool transposed>
__device__ __forceinline__ void load_matrices(std::uint32_t (&to)[4], std::uint32_t address) {
  if constexpr (transposed)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}

/// Where a lane finds its row of the matrices of one ldmatrix: 16 rows of m or n by 32 bytes of k.
/// `k_second` says whether the second of the four matrices is the next along k, rather than along m or n.
template <bool k_major, bool k_second>
struct Reader {
  std::uint32_t base, swizzled;

  /// `first` is the warp's first row of m or n within the tile.
  __device__ Reader(int first, int lane) {
    const int quarter = lane / 8, k_next = k_second ? quarter % 2 : quarter / 2;
    const int along_next = k_second ? quarter / 2 : quarter % 2;
    if constexpr (k_major) {
      base = (first + along_next * 8 + lane % 8) * row_bytes;
      swizzled = (k_next ^ (lane % 8)) * 16;
    } else {
      base = first / 64 * (64 * row_bytes) + (k_next * 8 + lane % 8) * row_bytes;
      swizzled = (along_next ^ (lane % 8)) * 16;
    }
  }
  /// The i-th 16 of m or n, the s-th 32 bytes (transposed: 16 elements) of k.
  __device__ std::uint32_t at(int i, int s) const {
    return k_major ? base + i * 16 * row_bytes + (swizzled ^ (s * 32))
                   : base + s * 16 * row_bytes + (swizzled ^ (i * 32));
  }
};

template <class Types, class Out, int bits, bool a_k_major, bool b_k_major, bool whole>
__global__ void __launch_bounds__(threads, 1) multiply_tiles(const Args g, const Output<Out> out) {
  using Sum = typename Types::Sum;
  extern __shared__ __align__(1024) unsigned char dynamic_shared[];
  const auto shared = static_cast<std::uint32_t>(__cvta_generic_to_shared(dynamic_shared));
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int m_of_warp = warp / 4 * warp_m, n_of_warp = warp % 4 * warp_n;
  constexpr int k_slice = row_bytes * 8 / bits;
  using CopierA = Copier<tile_m, bits, a_k_major, whole>;
  using CopierB = Copier<tile_n, bits, b_k_major, whole>;
  constexpr int passes = CopierA::passes + CopierB::passes;
  const auto locate = [&](int tile, int& i0, int& j0, int& index) {
    index = tile / (g.tiles_m * g.tiles_n);
    grouped_position(tile % (g.tiles_m * g.tiles_n), g.tiles_m, g.tiles_n, 16, i0, j0);
    i0 *= tile_m, j0 *= tile_n;
  };

  // The copies run up to three slices ahead of the products, across tiles.
  CopierA copy_a;
  CopierB copy_b;
  int copied_tile = blockIdx.x, k_left = 0;
  const auto start_tile = [&] {
    int i0, j0, index;
    locate(copied_tile, i0, j0, index);
    copy_a.start(g.a, i0, index), copy_b.start(g.b, j0, index);
    k_left = copied_tile < g.count ? g.k : 0;
  };
  const auto copy = [&](int pass, int stage) {
    const std::uint32_t to = shared + stage * stage_bytes;
    if (pass < CopierA::passes)
      copy_a.copy(pass, to, g.a.pitch, k_left);
    else if (pass < passes)
      copy_b.copy(pass - CopierA::passes, to + a_bytes, g.b.pitch, k_left);
  };
  const auto next_slice = [&] {
    async_commit();
    k_left -= k_slice;
    if (k_left > 0) {
      copy_a.next_slice(g.a.pitch), copy_b.next_slice(g.b.pitch);
    } else if (copied_tile < g.count) {
      copied_tile += gridDim.x;
      start_tile();
    }
  };
  start_tile();
#pragma unroll
  for (int s = 0; s < stages - 1; ++s) {
#pragma unroll
    for (int pass = 0; pass < passes; ++pass) copy(pass, s);
    next_slice();
  }

  const Reader<a_k_major, false> read_a(m_of_warp, lane);
  const Reader<b_k_major, true> read_b(n_of_warp, lane);
  std::uint32_t fa[2][m_tiles][4], fb[2][n_tiles / 2][4];
  const auto load_fragments = [&](int set, int stage, int step) {
    const std::uint32_t from = shared + stage * stage_bytes;
#pragma unroll
    for (int i = 0; i < m_tiles; ++i) load_matrices<!a_k_major>(fa[set][i], from + read_a.at(i, step));
#pragma unroll
    for (int j = 0; j < n_tiles / 2; ++j)
      load_matrices<!b_k_major>(fb[set][j], from + a_bytes + read_b.at(j, step));
  };
  async_wait<stages - 2>();
  __syncthreads();
  load_fragments(0, 0, 0);
  int stage = 0, filling = stages - 1;
  for (int tile = blockIdx.x; tile < g.count; tile += gridDim.x) {
    Sum sum[m_tiles][n_tiles * 4] = {};
    for (int k0 = 0; k0 < g.k; k0 += k_slice) {
#pragma unroll
      for (int step = 0; step < steps; ++step) {
        constexpr int each = passes / (steps - 1);
        static_assert(each * (steps - 1) == passes);
        if (step == steps - 1) {
          // Whoever is past this barrier has read the whole slice, and the slice after it has arrived.
          next_slice();
          async_wait<stages - 2>();
          __syncthreads();
          filling = stage;
          if (++stage == stages) stage = 0;
        }
        load_fragments((step + 1) % 2, stage, (step + 1) % steps);
        if (step < steps - 1) {
#pragma unroll
          for (int i = 0; i < each; ++i) copy(step * each + i, filling);
        }
#pragma unroll
        for (int i = 0; i < m_tiles; ++i)
#pragma unroll
          for (int j = 0; j < n_tiles; ++j)
            Types::multiply(sum[i] + 4 * j, fa[step % 2][i], fb[step % 2][j / 2][j % 2 * 2],
                            fb[step % 2][j / 2][j % 2 * 2 + 1]);
      }
    }
    int i0, j0, index;
    locate(tile, i0, j0, index);
#pragma unroll
    for (int i = 0; i < m_tiles; ++i)
      wgmma::store_tile<warp_n>(sum[i], out, out.c + index * out.batch_stride, i0 + m_of_warp + i * 16,
                                j0 + n_of_warp, lane);
  }
  async_wait<0>();
}

Operand operand_of(const Tensor& tensor, std::int64_t leading, std::int64_t along) {
  const Dtype dtype = tensor.shape.dtype;
  return {reinterpret_cast<const char*>(tensor.data), storage_bytes(dtype, leading),
          storage_bytes(dtype, tensor.shape.stride[0]), static_cast<int>(along)};
}

template <class Types, class Out, int bits, bool a_k_major, bool b_k_major, bool whole>
std::unique_ptr<Plan> plan_as(const PlanRequest& request) {
  const auto kernel = multiply_tiles<Types, Out, bits, a_k_major, b_k_major, whole>;
  allow_shared(request.device, kernel, shared_bytes);
  const int multiprocessors = std::stoi(request.device.info().facts.at("multiprocessors"));
  return std::make_unique<LaunchPlan>([kernel, multiprocessors, g = std::get<Gemm>(request.problem)](
                                          const Operands& operands, cudaStream_t stream) {
    const auto tiles_m = static_cast<int>(ceil_div(g.m, tile_m)),
               tiles_n = static_cast<int>(ceil_div(g.n, tile_n));
    const int count = tiles_m * tiles_n * static_cast<int>(g.batch);
    const Args args{operand_of(operands.in[0], g.lda(), g.m),
                    operand_of(operands.in[1], g.ldb(), g.n),
                    static_cast<int>(g.k),
                    tiles_m,
                    tiles_n,
                    count};
    kernel<<<static_cast<unsigned>(std::min(count, multiprocessors)), threads, shared_bytes, stream>>>(
        args, wgmma::output<Out>(g, operands));
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  });
}

template <class Types, class Out, int bits, bool a_k_major, bool b_k_major>
std::unique_ptr<Plan> plan_of(const PlanRequest& request) {
  const auto& g = std::get<Gemm>(request.problem);
  constexpr int piece = 128 / bits;
  const bool whole = (a_k_major ? g.k : g.m) % piece == 0 && (b_k_major ? g.k : g.n) % piece == 0;
  return whole ? plan_as<Types, Out, bits, a_k_major, b_k_major, true>(request)
               : plan_as<Types, Out, bits, a_k_major, b_k_major, false>(request);
}

template <class Types, class Out>
std::unique_ptr<Plan> plan_16(const PlanRequest& request) {
  const auto& g = std::get<Gemm>(request.problem);
  if (!g.ta && g.tb) return plan_of<Types, Out, 16, true, true>(request);
  if (!g.ta) return plan_of<Types, Out, 16, true, false>(request);
  if (g.tb) return plan_of<Types, Out, 16, false, true>(request);
  return plan_of<Types, Out, 16, false, false>(request);
}

Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (Support sm = needs_sm(device, 80); !sm) return sm;
  const int bits = info(info(g.in).a).bits;
  switch (g.in) {
    case Precision::fp16:
    case Precision::bf16:
      break;
    case Precision::int8:
      if (g.ta || !g.tb)
        return Support::no("ldmatrix transposes 16-bit elements only: reads int8 along k (ta=0 tb=1)");
      break;
    case Precision::int4:
      if (g.ta || !g.tb)
        return Support::no("ldmatrix transposes 16-bit elements only: reads int4 along k (ta=0 tb=1)");
      if (g.k % 2 != 0) return Support::no("copies whole bytes, and k is odd");
      break;
    default:
      return has_no(g.in);
  }
  if (g.lda() * bits % 128 != 0 || g.ldb() * bits % 128 != 0)
    return Support::no("copies 16 bytes at a time: rows of A and B must start on 16 bytes");
  if (Support small = extents_below(g, 27); !small) return small;
  if (static_cast<double>(ceil_div(g.m, tile_m)) * static_cast<double>(ceil_div(g.n, tile_n)) *
          static_cast<double>(g.batch) >
      0x1p30)
    return Support::no("has more than 2^30 tiles");
  return writes_only_its_own_type(g);
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  switch (std::get<Gemm>(request.problem).in) {
    case Precision::fp16:
      return plan_16<Fp16, __half>(request);
    case Precision::bf16:
      return plan_16<Bf16, __nv_bfloat16>(request);
    case Precision::int8:
      return plan_of<Int8, int, 8, true, true>(request);
    default:
      return plan_of<Int4, int, 4, true, true>(request);
  }
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{
                                      .device_kind = "cuda",
                                      .summary = "mma.sync with ldmatrix, swizzled slices, persistent blocks",
                                      .supports = supports,
                                      .plan = plan};
                                }};

}  // namespace gemmark
