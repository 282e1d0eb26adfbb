// 4-bit weights for decoding: a few rows of fp16 activations against a large matrix that is read once.
//
// The time is that of the weights' way from device memory, so everything serves it. Weights take the 16 rows
// of mma.sync m16n8k16 and the few activation rows its 8 columns. Which k stands at which place of an
// instruction is free as long as both operands agree: a lane takes 16 consecutive bytes of a row, 32 weights,
// and no reshuffled copy of them is needed. A mask and an or turn two half bytes into the fp16 numbers
// 1024 + w, a subtraction makes them exact integers; the scale of a group multiplies its 32-bit sum, so that
// nothing is rounded before the accumulator. Eight warps share k, a group of 128 in turn; a warp keeps its
// activations in registers for all of the block's rows and has the next group of each row under way.
//
// Cost: some 110 instructions for every 2048 weights, of which the memory leaves time for about 200; the
// eight partial sums meet in shared memory at the end. More than 16 rows of activations read the weights
// again, from L2 where they are lucky: a prefill wants another kernel. Read mma_2 first.
#include <cuda_fp16.h>

#include <algorithm>

#include "kernels/gemm/device_gemm.hpp"

namespace gemmark {
namespace {

constexpr int warps = 8, threads = 32 * warps, group = W4::group;

struct Args {
  std::int64_t m, n, k;
  const __half* a;
  std::int64_t lda, a_batch;
  const std::byte* b;
  std::int64_t b_row_bytes, b_batch_bytes;
  __half* c;
  std::int64_t ldc, c_batch;
  float alpha, beta;
};

__device__ __forceinline__ uint4 read_once(const std::byte* from) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from));
  return v;
}

/// A lane's share of a group of 16 rows: 32 weights of each of two rows, eight apart, and their scales.
struct Weights {
  uint4 low, high;
  __half scale_low, scale_high;

  /// `from` is the lane's place in the first of the rows, `rows_left` counts from that row.
  __device__ void load(const std::byte* from, const std::byte* scales, std::int64_t row_bytes, int row,
                       std::int64_t rows_left) {
    low = high = uint4{};
    scale_low = scale_high = __half{};
    if (row < rows_left) {
      low = read_once(from + row * row_bytes);
      scale_low = *reinterpret_cast<const __half*>(scales + row * row_bytes);
    }
    if (row + 8 < rows_left) {
      high = read_once(from + (row + 8) * row_bytes);
      scale_high = *reinterpret_cast<const __half*>(scales + (row + 8) * row_bytes);
    }
  }
};

/// Weights 0…7 of a word as pairs (0,4), (1,5), (2,6), (3,7) of exact fp16 integers.
__device__ __forceinline__ void unpack(std::uint32_t word, std::uint32_t (&pair)[4]) {
  const auto as_half2 = [](std::uint32_t bits) { return *reinterpret_cast<const __half2*>(&bits); };
  const auto low = [&](std::uint32_t w) {  // 1024 + w
    const __half2 v = __hsub2(as_half2((w & 0x000f000fu) | 0x64006400u), as_half2(0x64086408u));
    return *reinterpret_cast<const std::uint32_t*>(&v);
  };
  const auto high = [&](std::uint32_t w) {  // 1024 + 16w, times 1/16, minus 64 + 8
    const __half2 v =
        __hfma2(as_half2((w & 0x00f000f0u) | 0x64006400u), as_half2(0x2c002c00u), as_half2(0xd480d480u));
    return *reinterpret_cast<const std::uint32_t*>(&v);
  };
  pair[0] = low(word), pair[1] = high(word);
  pair[2] = low(word >> 8), pair[3] = high(word >> 8);
}

__device__ __forceinline__ void multiply(float (&sum)[4], const std::uint32_t (&low)[4],
                                         const std::uint32_t (&high)[4], int half, std::uint32_t x0,
                                         std::uint32_t x1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(low[2 * half]), "r"(high[2 * half]), "r"(low[2 * half + 1]), "r"(high[2 * half + 1]), "r"(x0),
        "r"(x1));
}

/// 32 activations of one row of A, as they lie, and then in the order of the weights' pairs.
template <bool wide>
struct Activations {
  std::uint32_t word[16];

  __device__ void load(const Args& g, const __half* a, std::int64_t row, std::int64_t k0) {
    const __half* from = a + row * g.lda + k0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      uint4 four{};
      const std::int64_t left = row < g.m ? g.k - k0 - 8 * i : 0;
      if constexpr (wide) {
        if (left > 0) four = *reinterpret_cast<const uint4*>(from + 8 * i);
      } else {
        __half eight[8];
#pragma unroll
        for (int e = 0; e < 8; ++e) eight[e] = e < left ? from[8 * i + e] : __half{};
        memcpy(&four, eight, sizeof four);
      }
      word[4 * i] = four.x, word[4 * i + 1] = four.y, word[4 * i + 2] = four.z, word[4 * i + 3] = four.w;
    }
  }
  __device__ void pair_up() {
#pragma unroll
    for (int i = 0; i < 16; i += 4) {
      const std::uint32_t w0 = word[i], w1 = word[i + 1], w2 = word[i + 2], w3 = word[i + 3];
      word[i] = __byte_perm(w0, w2, 0x5410), word[i + 1] = __byte_perm(w0, w2, 0x7632);
      word[i + 2] = __byte_perm(w1, w3, 0x5410), word[i + 3] = __byte_perm(w1, w3, 0x7632);
    }
  }
};

/// `tiles` of 16 rows of weights and `columns` of 8 rows of activations a block; each warp has `ahead` groups
/// under way.
template <int tiles, int columns, bool wide>
struct Decode {
  static constexpr int rows = tiles * 16, ahead = tiles >= 4 ? 1 : tiles >= 2 ? 2 : 4;
  // Four floats of padding: the four columns that a warp writes at once fall on different banks.
  static constexpr int pitch = rows + 4, shared_bytes = warps * columns * 8 * pitch * 4;
};

template <int tiles, int columns, bool wide>
__global__ void __launch_bounds__(threads) decode(const Args g) {
  using Shape = Decode<tiles, columns, wide>;
  extern __shared__ float partial[];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, quad = lane / 4, within = lane % 4;
  const std::int64_t row0 = blockIdx.y * std::int64_t{Shape::rows},
                     m0 = blockIdx.x * std::int64_t{8 * columns};
  const std::int64_t rows_left = g.n - row0;
  const std::byte* b = g.b + blockIdx.z * g.b_batch_bytes + row0 * g.b_row_bytes;
  const __half* a = g.a + blockIdx.z * g.a_batch;
  const int groups = static_cast<int>((g.k + group - 1) / group);

  const auto load_weights = [&](Weights& to, int tile, int index) {
    constexpr int a_block = W4::block / group;
    const std::byte* block = b + index / a_block * W4::block_bytes;
    to.load(block + index % a_block * (group / 2) + within * 16, block + W4::scales_at + index % a_block * 2,
            g.b_row_bytes, tile * 16 + quad, index < groups ? rows_left : 0);
  };
  Activations<wide> now[columns], next[columns];
  const auto load_activations = [&](int index) {
#pragma unroll
    for (int c = 0; c < columns; ++c)
      next[c].load(g, a, m0 + c * 8 + quad, index * std::int64_t{group} + within * 32);
  };

  float sum[tiles][columns][4] = {};
  Weights weights[Shape::ahead][tiles];
#pragma unroll
  for (int s = 0; s < Shape::ahead; ++s)
#pragma unroll
    for (int i = 0; i < tiles; ++i) load_weights(weights[s][i], i, warp + s * warps);
  load_activations(warp);
  for (int first = warp; first < groups; first += warps * Shape::ahead) {
#pragma unroll
    for (int s = 0; s < Shape::ahead; ++s) {
      const int index = first + s * warps;
      if (index >= groups) break;
#pragma unroll
      for (int c = 0; c < columns; ++c) now[c] = next[c], now[c].pair_up();
      load_activations(index + warps);
#pragma unroll
      for (int i = 0; i < tiles; ++i) {
        const Weights w = weights[s][i];
        load_weights(weights[s][i], i, index + warps * Shape::ahead);
        const std::uint32_t low[4] = {w.low.x, w.low.y, w.low.z, w.low.w};
        const std::uint32_t high[4] = {w.high.x, w.high.y, w.high.z, w.high.w};
        float of_group[columns][4] = {};
#pragma unroll
        for (int word = 0; word < 4; ++word) {
          std::uint32_t low_pairs[4], high_pairs[4];
          unpack(low[word], low_pairs), unpack(high[word], high_pairs);
#pragma unroll
          for (int half = 0; half < 2; ++half)
#pragma unroll
            for (int c = 0; c < columns; ++c)
              multiply(of_group[c], low_pairs, high_pairs, half, now[c].word[word * 4 + half * 2],
                       now[c].word[word * 4 + half * 2 + 1]);
        }
        const float scale_low = __half2float(w.scale_low), scale_high = __half2float(w.scale_high);
#pragma unroll
        for (int c = 0; c < columns; ++c) {
          sum[i][c][0] += scale_low * of_group[c][0], sum[i][c][1] += scale_low * of_group[c][1];
          sum[i][c][2] += scale_high * of_group[c][2], sum[i][c][3] += scale_high * of_group[c][3];
        }
      }
    }
  }

#pragma unroll
  for (int i = 0; i < tiles; ++i)
#pragma unroll
    for (int c = 0; c < columns; ++c)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        partial[(warp * columns * 8 + c * 8 + within * 2 + e % 2) * Shape::pitch + i * 16 + e / 2 * 8 +
                quad] = sum[i][c][e];
  __syncthreads();
  for (int at = threadIdx.x; at < Shape::rows * columns * 8; at += threads) {
    const int row = at % Shape::rows, column = at / Shape::rows;
    if (row >= rows_left || m0 + column >= g.m) continue;
    float total = 0;
#pragma unroll
    for (int w = 0; w < warps; ++w) total += partial[(w * columns * 8 + column) * Shape::pitch + row];
    __half* to = g.c + blockIdx.z * g.c_batch + (m0 + column) * g.ldc + row0 + row;
    *to = __float2half_rn(g.beta != 0 ? g.alpha * total + g.beta * __half2float(*to) : g.alpha * total);
  }
}

template <int tiles, int columns, bool wide>
void launch(const Gemm& g, const Args& args, cudaStream_t stream) {
  using Shape = Decode<tiles, columns, wide>;
  const auto kernel = decode<tiles, columns, wide>;
  static const cudaError_t allowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::shared_bytes);
  GEMMARK_CUDA_CHECK(allowed);
  const dim3 grid(static_cast<unsigned>(ceil_div(g.m, 8 * columns)),
                  static_cast<unsigned>(ceil_div(g.n, Shape::rows)), static_cast<unsigned>(g.batch));
  kernel<<<grid, threads, Shape::shared_bytes, stream>>>(args);
  GEMMARK_CUDA_CHECK(cudaGetLastError());
}

using Launch = void (*)(const Gemm&, const Args&, cudaStream_t);
struct Choice {
  int tiles;
  Launch narrow, broad;  ///< up to 8 and up to 16 rows of activations at a time
};
constexpr Choice choices[] = {{7, launch<7, 1, true>, launch<7, 2, true>},
                              {4, launch<4, 1, true>, launch<4, 2, true>},
                              {3, launch<3, 1, true>, launch<3, 2, true>},
                              {2, launch<2, 1, true>, launch<2, 2, true>},
                              {1, launch<1, 1, true>, launch<1, 2, true>}};

/// The tallest block among those that keep the busiest multiprocessor least busy.
const Choice& choose(const Gemm& g, int multiprocessors) {
  const auto busiest = [&](const Choice& c) {
    return ceil_div(ceil_div(g.n, c.tiles * 16) * g.batch, multiprocessors) * c.tiles;
  };
  return *std::min_element(std::begin(choices), std::end(choices),
                           [&](const Choice& a, const Choice& b) { return busiest(a) < busiest(b); });
}

Args args_of(const Gemm& g, const Operands& operands) {
  return {g.m,
          g.n,
          g.k,
          operands.in[0].as<__half>(),
          g.lda(),
          operands.in[0].shape.stride[0],
          operands.in[1].data,
          storage_bytes(Dtype::w4, g.ldb()),
          storage_bytes(Dtype::w4, operands.in[1].shape.stride[0]),
          operands.out.as<__half>(),
          g.ldc(),
          operands.out.shape.stride[0],
          static_cast<float>(g.alpha),
          static_cast<float>(g.beta)};
}

Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (g.in != Precision::w4a16) return has_no(g.in);
  if (Support sm = needs_sm(device, 80); !sm) return sm;
  if (g.ta || !g.tb) return Support::no("reads activations and weights along k only (ta=0 tb=1)");
  if (g.batch > 65535 || g.n > 65535 * std::int64_t{16}) return Support::no("is too large for one launch");
  return writes_only_its_own_type(g);
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  const auto& g = std::get<Gemm>(request.problem);
  const int multiprocessors = std::stoi(request.device.info().facts.at("multiprocessors"));
  const Choice& choice = choose(g, multiprocessors);
  const Launch wide = g.m <= 8 ? choice.narrow : choice.broad;
  const bool whole = g.k % 8 == 0 && g.lda() % 8 == 0;
  return std::make_unique<LaunchPlan>(
      [g, wide, whole](const Operands& operands, cudaStream_t stream) {
        const Args args = args_of(g, operands);
        const bool aligned = whole && reinterpret_cast<std::uintptr_t>(args.a) % 16 == 0;
        (aligned ? wide : launch<2, 2, false>)(g, args, stream);
      },
      whole ? std::to_string(choice.tiles * 16) + " rows of weights a block"
            : "activations element by element");
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{
                                      .device_kind = "cuda",
                                      .summary = "4-bit weights and fp16 activations for few rows, read once",
                                      .supports = supports,
                                      .plan = plan};
                                }};

}  // namespace gemmark
