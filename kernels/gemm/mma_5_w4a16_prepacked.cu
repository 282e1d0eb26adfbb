// Decoding with constant weights: they lie in memory in the order in which warps use them.
//
// mma_3, mma_4 and wgmma_4 take weights as they are stored, in rows: in many short copies, and activations
// have to follow the order of k that unpacking gives the weights. Weights that never change can be brought
// into any order once. Here that is done when the kernel is set up: 256 of k of all rows of a block are one
// piece of memory and one copy, a lane finds its weights for four products in 16 bytes, and activations stay
// as they are. Weights and activations of a stage come together, and the first product starts with the first
// stage, as in wgmma_4.
//
// A warp multiplies two tiles of 16 rows of weights with the same activations, which halves what it reads of
// these; warps that have no tile share k. Sixteen warps are best: fewer wait for each instruction, more for
// each other.
//
// All this is over in a dozen microseconds, of which starting and ending take three. The copying warp waits
// for nobody and asks for the first stage before it does anything else. Sums are added and written a warp a
// column, so that neither a division nor a branch stands between a lane's four rows.
//
// Cost: memory for the weights once more, in an order for one number of multiprocessors. More than 16 rows of
// activations read them again, from L2 where they are lucky. Where n is small, blocks have few tiles, stages
// are small, and every block reads all activations: k should be split among blocks. On an H200, cold, one
// run: n = 14336, k = 4096 takes 12.1 µs for 16 rows of activations, where wgmma_4 takes 14.7 and cuBLASLt's
// fp16 31.0, and 10.8 for one row, where mma_4 takes 12.2; n = 4096, k = 14336 takes 19.5 and 18.6, mma_3
// 24.4 and 15.7. Read mma_3 and wgmma_4 first.
#include <algorithm>

#include "kernels/api/packed4.hpp"
#include "kernels/gemm/w4a16_operands.cuh"
#include "kernels/gemm/wgmma_host.hpp"
#include "kernels/gemm/wgmma_pipeline.cuh"

namespace gemmark {
namespace {

using namespace wgmma;

constexpr int slice = 256, group = W4::group;  ///< of k: in a stage, and with a scale of its own
constexpr int tile_rows = 16, most_tiles = 7, tiles_a_warp = 2;
/// What a tile takes of a stage: its weights, and the scales of its rows for both groups.
constexpr int weight_bytes = tile_rows * slice / 2, scale_bytes = tile_rows * slice / group * 2;
constexpr int tile_bytes = weight_bytes + scale_bytes;
constexpr int multipliers = 16, threads = 32 * (multipliers + 1), stages = 8;

/// How the packed weights lie: batch, block, slice, and within it all tiles' weights, then all tiles' scales.
/// Of a tile's weights the first half belongs to the first group. What lies outside of the matrix is zero.
struct Packed {
  const std::byte* data;
  std::int64_t batch_bytes;
  int tiles, slices;
  int pairs, shares;    ///< a block's warps: each a pair of tiles for a share of the groups
  int activation_rows;  ///< in a stage; those that a short matrix lacks are never stored, whatever they are

  __host__ __device__ int stage_bytes() const { return tiles * tile_bytes; }
  __host__ __device__ std::int64_t block_bytes() const { return std::int64_t{slices} * stage_bytes(); }
};

/// What depends on how many rows of activations a block takes.
template <int columns>
struct Shape {
  static constexpr int eights = columns / 8, boxes = slice / 64, box_bytes = columns * 128;
  static constexpr int activation_bytes = boxes * box_bytes;
  // Sums of all shares for one column, at most 512; four columns that a warp writes at once fall on different
  // banks. Behind them is room for rows that finish() reads and that there are not.
  static constexpr int partial_pitch = 512 + 8, partial_bytes = (columns * partial_pitch + 128) * 4;
  static constexpr int shared_bytes =  // swizzled boxes start on 1024 bytes
      stages * (most_tiles * tile_bytes + activation_bytes) + partial_bytes + 1024;
};

/// The row of activations that takes place `i` among eight columns. Lanes that read at once then have rows
/// where the swizzle differs: 0 and 4, 1 and 5, …
__device__ constexpr int row_of(int i) { return i / 2 + i % 2 * 4; }

/// The products of a group for `tiles` tiles, from a lane's first weights and activations on.
template <int columns, int tiles>
__device__ __forceinline__ void multiply_group(std::uint32_t weights, std::uint32_t activations,
                                               float (&sum)[tiles_a_warp][columns / 8][4]) {
  using S = Shape<columns>;
  uint4 words[tiles];
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {  // of the group: 32 of k, two products
    uint4 x[S::eights];
#pragma unroll
    for (int c = 0; c < S::eights; ++c)
      x[c] = w4a16::load_shared((activations ^ quarter % 2 * 64) + quarter / 2 * S::box_bytes + c * 1024);
#pragma unroll
    for (int t = 0; t < tiles; ++t) {
      if (quarter % 2 == 0) words[t] = w4a16::load_shared(weights + t * weight_bytes + quarter / 2 * 512);
      std::uint32_t first[4], second[4];
      w4a16::unpack(quarter % 2 == 0 ? words[t].x : words[t].z, first);
      w4a16::unpack(quarter % 2 == 0 ? words[t].y : words[t].w, second);
#pragma unroll
      for (int c = 0; c < S::eights; ++c) w4a16::multiply(sum[t][c], first, x[c].x, x[c].y);
#pragma unroll
      for (int c = 0; c < S::eights; ++c) w4a16::multiply(sum[t][c], second, x[c].z, x[c].w);
    }
  }
}

/// Adds up the shares' sums of a block and writes them, a warp a column. Nothing else runs any more: what
/// counts is that a lane's rows do not wait for each other. Of rows that there are not it reads whatever
/// comes next, and writes nothing.
template <int columns>
__device__ __forceinline__ void finish(const w4a16::Args& g, const float* partial, int rows, int shares) {
  constexpr int most = (most_tiles * tile_rows + 31) / 32;
  const int lane = threadIdx.x % 32, column = threadIdx.x / 32;
  const std::int64_t n = blockIdx.y * std::int64_t{rows} + lane,
                     m = blockIdx.x * std::int64_t{columns} + column;
  static_assert(columns <= multipliers);
  if (column >= columns || m >= g.m) return;
  const float* from = partial + column * Shape<columns>::partial_pitch + lane;
  float sum[most] = {};
#pragma unroll 1
  for (int s = 0; s < shares; s += 4, from += 4 * rows)
#pragma unroll
    for (int i = 0; i < most; ++i)
      sum[i] += (from[32 * i] + from[32 * i + rows]) + (from[32 * i + 2 * rows] + from[32 * i + 3 * rows]);
#pragma unroll
  for (int i = 0; i < most; ++i)
    if (lane + 32 * i < rows && n + 32 * i < g.n) w4a16::write(g, blockIdx.z, m, n + 32 * i, sum[i]);
}

template <int columns>
__global__ void __launch_bounds__(threads, 1)
    decode(const __grid_constant__ Packed b, const __grid_constant__ CUtensorMap map_a,
           const __grid_constant__ w4a16::Args g) {
  using S = Shape<columns>;
  constexpr int initialised = 1;  // a barrier of its own: the copying warp does not wait there
  extern __shared__ unsigned char dynamic_shared[];
  __shared__ std::uint64_t barriers[2][stages];
  const std::uint32_t activations = (shared_address(dynamic_shared) + 1023) & ~1023u,
                      weights = activations + stages * S::activation_bytes,
                      partial = weights + stages * b.stage_bytes();
  const std::uint32_t full = shared_address(barriers[0]), empty = shared_address(barriers[1]);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;

  if (warp == multipliers) {
    const std::byte* from = b.data + blockIdx.z * b.batch_bytes + blockIdx.y * b.block_bytes();
    const auto copy = [&](int i) {
      const int s = i % stages;
      barrier_expect_bytes(full + 8 * s, b.stage_bytes() + S::boxes * b.activation_rows * 128);
      w4a16::bulk_copy(weights + s * b.stage_bytes(), from + std::int64_t{i} * b.stage_bytes(),
                       b.stage_bytes(), full + 8 * s);
#pragma unroll
      for (int box = 0; box < S::boxes; ++box)
        copy_box<false>(activations + s * S::activation_bytes + box * S::box_bytes, map_a,
                        i * slice + box * 64, blockIdx.x * columns, blockIdx.z, full + 8 * s, 0);
    };
    if (lane == 0) {
#pragma unroll
      for (int s = 0; s < stages; ++s) barrier_init(full + 8 * s, 1);
      barrier_init_done();
      copy(0);
#pragma unroll
      for (int s = 0; s < stages; ++s) barrier_init(empty + 8 * s, 2 * 32 * b.pairs);
    }
    __syncwarp();
    w4a16::announce<threads>(initialised);
    if (lane == 0)
#pragma unroll 1
      for (int i = 1; i < b.slices; ++i) {
        if (i >= stages) barrier_wait(empty + 8 * (i % stages), (i / stages - 1) % 2);
        copy(i);
      }
    __syncwarp();
  } else {
    w4a16::meet<threads>(initialised);
  }

  // The pairs take turns among the four schedulers, since the last may have one tile only.
  const int share = warp / b.pairs, tile = (warp + share) % b.pairs * tiles_a_warp;
  if (share < b.shares) {
    const int half = share % 2, quad = lane / 4, within = lane % 4, row = row_of(quad);
    const bool pair = tile + 1 < b.tiles;
    const std::uint32_t own_weights = weights + tile * weight_bytes + half * (weight_bytes / 2) + lane * 16;
    const std::uint32_t own_scales =
        weights + b.tiles * weight_bytes + tile * scale_bytes + half * (scale_bytes / 2) + quad * 4;
    const std::uint32_t own_activations =
        activations + half * (S::boxes / 2 * S::box_bytes) + row * 128 + (within ^ row) * 16;
    float total[tiles_a_warp][S::eights][4] = {};
    // A warp takes the same stages in every round of the ring: `full` tells it no more than whether the round
    // is an odd one.
    static_assert(stages % (multipliers / 2) == 0);
#pragma unroll 1
    for (int i = share / 2; i < b.slices; i += b.shares / 2) {
      const int s = i % stages;
      const std::uint32_t at = s * b.stage_bytes(),
                          at_activations = own_activations + s * S::activation_bytes;
      float sum[tiles_a_warp][S::eights][4] = {};
      float2 scale[tiles_a_warp];
      barrier_wait(full + 8 * s, i / stages % 2);
      scale[0] = w4a16::load_two(own_scales + at);
      scale[1] = w4a16::load_two(own_scales + at + (pair ? scale_bytes : 0));
      if (pair)
        multiply_group<columns, 2>(own_weights + at, at_activations, sum);
      else
        multiply_group<columns, 1>(own_weights + at, at_activations, sum);
      barrier_arrive(empty + 8 * s, 0);  // every lane, as in mma_3
#pragma unroll
      for (int t = 0; t < tiles_a_warp; ++t)
#pragma unroll
        for (int c = 0; c < S::eights; ++c)
#pragma unroll
          for (int e = 0; e < 4; ++e)
            total[t][c][e] = fmaf(e & 2 ? scale[t].y : scale[t].x, sum[t][c][e], total[t][c][e]);
    }
#pragma unroll
    for (int t = 0; t < tiles_a_warp; ++t)
      if (t == 0 || pair)
#pragma unroll
        for (int c = 0; c < S::eights; ++c)
#pragma unroll
          for (int e = 0; e < 4; ++e) {
            const int column = c * 8 + row_of(e % 2) + within;
            const int at =
                column * S::partial_pitch + (share * b.tiles + tile + t) * tile_rows + quad + e / 2 * 8;
            asm volatile("st.shared.f32 [%0], %1;" ::"r"(partial + 4 * at), "f"(total[t][c][e]) : "memory");
          }
  }
  __syncthreads();
  finish<columns>(g, reinterpret_cast<const float*>(__cvta_shared_to_generic(partial)), b.tiles * tile_rows,
                  b.shares);
}

/// Packs the weights of `batch` products, `blocks` blocks each, a thread a word: what a lane needs for one
/// multiplication.
__global__ void pack(std::byte* to, Packed packed, int blocks, int batch, const w4a16::Args g) {
  constexpr int words = weight_bytes / 4;
  const std::int64_t count = std::int64_t{batch} * blocks * packed.slices * packed.tiles * words;
  for (std::int64_t i = blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x; i < count;
       i += std::int64_t{gridDim.x} * blockDim.x) {
    const int word = static_cast<int>(i % words), tile = static_cast<int>(i / words % packed.tiles);
    const std::int64_t stage = i / words / packed.tiles, block = stage / packed.slices % blocks;
    const std::byte* b = g.b + stage / packed.slices / blocks * g.b_batch_bytes;
    const int half = word / (words / 2), lane = word / 4 % 32, product = word / 128 % 2 * 4 + word % 4;
    const std::int64_t row0 = (block * packed.tiles + tile) * tile_rows + lane / 4;
    const std::int64_t k0 = stage % packed.slices * slice + half * group;
    // A lane's activations are eight of k, of which its first product takes four and its second the others.
    const std::int64_t k = k0 + product / 2 * 32 + lane % 4 * 8 + product % 2 * 4;
    const auto weight = [&](std::int64_t row, std::int64_t at) {
      if (row >= g.n || at >= g.k) return static_cast<unsigned>(packed4::encode<Dtype::w4>(0));
      const auto both = static_cast<unsigned>(b[row * g.b_row_bytes + packed4::byte_of<Dtype::w4>(at)]);
      return both >> at % 2 * 4 & 15;
    };
    unsigned bits = 0;
    for (int pair = 0; pair < 4; ++pair)  // unpack()'s: of both rows the first two of k, then the others
      for (int e = 0; e < 2; ++e)
        bits |= weight(row0 + pair % 2 * 8, k + pair / 2 * 2 + e) << (pair * 4 + e * 16);
    std::byte* const there = to + stage * packed.stage_bytes();
    reinterpret_cast<unsigned*>(there + tile * weight_bytes)[word] = bits;

    constexpr int scales = scale_bytes / 2;
    if (word >= scales) continue;
    const std::int64_t row = (block * packed.tiles + tile) * tile_rows + word % 16 / 2 + word % 2 * 8;
    const std::int64_t first = stage % packed.slices * slice + word / 16 * group;
    __half scale{};
    if (row < g.n && first < g.k)
      scale = *reinterpret_cast<const __half*>(b + row * g.b_row_bytes + packed4::scale_byte_of(first));
    reinterpret_cast<__half*>(there + packed.tiles * weight_bytes + tile * scale_bytes)[word] = scale;
  }
}

struct Choice {
  int columns, shared_bytes;
  void (*kernel)(Packed, CUtensorMap, w4a16::Args);
};
template <int columns>
constexpr Choice choice{columns, Shape<columns>::shared_bytes, decode<columns>};

class PrepackedPlan final : public Plan {
 public:
  explicit PrepackedPlan(const PlanRequest& request)
      : problem_(std::get<Gemm>(request.problem)), choice_(problem_.m <= 8 ? choice<8> : choice<16>) {
    const std::int64_t tiles = ceil_div(problem_.n, tile_rows),
                       others = ceil_div(problem_.m, choice_.columns) * problem_.batch;
    const int multiprocessors = std::stoi(request.device.info().facts.at("multiprocessors"));
    packed_.tiles = static_cast<int>(w4a16::tiles_a_block(tiles, most_tiles, others, multiprocessors));
    packed_.slices = static_cast<int>(ceil_div(problem_.k, slice));
    packed_.pairs = static_cast<int>(ceil_div(packed_.tiles, tiles_a_warp));
    packed_.shares = packed_.pairs > 2 ? 4 : multipliers / packed_.pairs;
    packed_.activation_rows = static_cast<int>(std::min<std::int64_t>(problem_.m, choice_.columns));
    blocks_ = static_cast<int>(ceil_div(tiles, packed_.tiles));
    packed_.batch_bytes = blocks_ * packed_.block_bytes();
    memory_ = request.device.allocate(problem_.batch * packed_.batch_bytes);
    packed_.data = memory_->data();
    pack<<<1024, 256, 0, stream_of(request.device.queue())>>>(memory_->data(), packed_, blocks_,
                                                              static_cast<int>(problem_.batch),
                                                              w4a16::args_of(problem_, *request.constants));
    GEMMARK_CUDA_CHECK(cudaGetLastError());
    request.device.synchronize();
    allow_shared(request.device, choice_.kernel, choice_.shared_bytes);
  }

  void run(const Operands& operands, Queue queue) override {
    maps_.refresh(
        operands, [&](const Tensor& a) { return tensor_map(a, Precision::fp16, packed_.activation_rows); },
        [](const Tensor&) { return CUtensorMap{}; });  // B is packed
    const dim3 grid(static_cast<unsigned>(ceil_div(problem_.m, choice_.columns)),
                    static_cast<unsigned>(blocks_), static_cast<unsigned>(problem_.batch));
    choice_.kernel<<<grid, threads, static_cast<std::size_t>(choice_.shared_bytes), stream_of(queue)>>>(
        packed_, maps_.a, w4a16::args_of(problem_, operands));
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  }
  std::span<std::byte> prepacked() const override {
    return {memory_->data(), static_cast<std::size_t>(memory_->bytes())};
  }
  std::string algorithm() const override {
    return std::to_string(packed_.tiles * tile_rows) + " rows of weights a block";
  }

 private:
  Gemm problem_;
  Choice choice_;
  int blocks_ = 0;
  Packed packed_{};
  std::unique_ptr<Memory> memory_;
  Maps maps_;
};

Support takes(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (Support constants = has_constants(problem); !constants) return constants;
  if (g.in != Precision::w4a16) return has_no(g.in);
  if (Support fit = w4a16::fits(g); !fit) return fit;
  return wgmma::supports(g, device);
}

std::unique_ptr<Plan> plan(const PlanRequest& request) { return std::make_unique<PrepackedPlan>(request); }

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{
                                      .device_kind = "cuda",
                                      .summary = "constant 4-bit weights, packed in the order of use",
                                      .prepacks = true,
                                      .supports = takes,
                                      .plan = plan};
                                }};

}  // namespace gemmark
