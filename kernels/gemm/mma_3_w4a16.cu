// 4-bit weights for decoding: a few rows of fp16 activations against a large matrix that is read once.
//
// The time is that of the weights' way from device memory, so everything serves it. A warp does nothing but
// ask for them, a dozen stages of 16 rows by 2048 of k ahead, by bulk copies that take no registers: nearly
// all that a multiprocessor will read is under way from the start. Eight warps multiply, two groups of 128
// along k each, and keep their activations in registers for all rows of the block.
//
// Weights take the 16 rows of mma.sync m16n8k16 and the few activation rows its 8 columns. Which k stands at
// which place of an instruction is free as long as both operands agree: a lane takes 16 consecutive bytes of
// a row, 32 weights, and no reshuffled copy of them is needed. One instruction masks two half bytes into the
// fp16 numbers 1024 + w, a subtraction makes them exact integers; the scale of a group multiplies its 32-bit
// sum, so that nothing is rounded before the accumulator.
//
// Cost: some 110 instructions for every 2048 weights, and the eight partial sums that meet in shared memory
// at the end. The copies alone took 11.2 µs on an H200 where the whole took 14.6 (1×14336×4096): activations
// are asked for anew for every 2048 of k, and the more rows of them, the longer (18.5 µs for 16). More than
// 16 rows read the weights again, from L2 where they are lucky: a prefill wants another kernel. Read mma_2
// and wgmma_2 first.
#include <algorithm>

#include "kernels/gemm/device_gemm.hpp"
#include "kernels/gemm/w4a16_operands.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"

namespace gemmark {
namespace {

using namespace w4a16;

constexpr int warps = 8, threads = 32 * (warps + 1), group = W4::group;
constexpr int groups_a_block = W4::block / group, shares = groups_a_block / warps;
// A row of a stage, padded so that the two rows which are read at once fall on different banks.
constexpr int row_pitch = W4::block_bytes + 32, stage_bytes = 16 * row_pitch, stages = 12;
constexpr int shared_bytes = stages * stage_bytes;
static_assert(row_pitch % 128 == 64);

/// `tiles` of 16 rows of weights and `columns` of 8 rows of activations a block.
template <int tiles, int columns>
struct Decode {
  static constexpr int rows = tiles * 16;
  // Four floats of padding: the four columns that a warp writes at once fall on different banks.
  static constexpr int pitch = rows + 4, partial_bytes = warps * columns * 8 * pitch * 4;
  static_assert(partial_bytes <= shared_bytes);
};

/// The weights of a block on their way: stage after stage of 16 rows by a block of k, blocks of k in turn,
/// the rows within each.
struct Stream {
  const std::byte* b;
  std::int64_t row_bytes;
  int rows, groups, tiles;
  std::uint32_t shared, full;

  __device__ int count() const { return (groups + groups_a_block - 1) / groups_a_block * tiles; }
  /// Copies a stage, a lane a row.
  __device__ void copy(int index, int lane) const {
    constexpr int scale_bytes = static_cast<int>(W4::block_bytes - W4::scales_at);
    const int stage = index % stages, block = index / tiles, row = index % tiles * 16;
    const int bytes = min(groups - block * groups_a_block, groups_a_block) * (group / 2);
    const int present = min(max(rows - row, 0), 16);
    const std::uint32_t barrier = full + 8 * stage;
    if (lane == 0) wgmma::barrier_expect_bytes(barrier, present * (bytes + scale_bytes));
    __syncwarp();
    if (lane >= present) return;
    const std::uint32_t to = shared + stage * stage_bytes + lane * row_pitch;
    const std::byte* from = b + (row + lane) * row_bytes + block * W4::block_bytes;
    if (bytes == W4::scales_at) {
      bulk_copy(to, from, W4::block_bytes, barrier);
    } else {
      bulk_copy(to, from, bytes, barrier);
      bulk_copy(to + W4::scales_at, from + W4::scales_at, scale_bytes, barrier);
    }
  }
};

template <int tiles, int columns, bool wide>
__global__ void __launch_bounds__(threads, 1) decode(const Args g) {
  using Shape = Decode<tiles, columns>;
  extern __shared__ __align__(128) std::byte ring[];
  __shared__ std::uint64_t barriers[2][stages];
  const std::uint32_t full = wgmma::shared_address(barriers[0]), empty = wgmma::shared_address(barriers[1]);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, quad = lane / 4, within = lane % 4;
  const std::int64_t row0 = blockIdx.y * std::int64_t{Shape::rows},
                     m0 = blockIdx.x * std::int64_t{8 * columns};
  const int rows_left = static_cast<int>(min(g.n - row0, std::int64_t{Shape::rows}));
  const int groups = static_cast<int>((g.k + group - 1) / group);
  if (threadIdx.x == 0) {
    for (int s = 0; s < stages; ++s) {
      wgmma::barrier_init(full + 8 * s, 1);
      wgmma::barrier_init(empty + 8 * s, 32 * warps);
    }
    wgmma::barrier_init_done();
  }
  __syncthreads();

  float sum[tiles][columns][4] = {};
  if (warp == warps) {
    const Stream stream{g.b + blockIdx.z * g.b_batch_bytes + row0 * g.b_row_bytes,
                        g.b_row_bytes,
                        rows_left,
                        groups,
                        tiles,
                        wgmma::shared_address(ring),
                        full};
    const int count = stream.count();
    for (int i = 0; i < count; ++i) {
      if (i >= stages) wgmma::barrier_wait(empty + 8 * (i % stages), (i / stages - 1) % 2);
      stream.copy(i, lane);
    }
  } else {
    const __half* a = g.a + blockIdx.z * g.a_batch;
    Activations<wide> x[shares][columns];
    int stage = 0;
    std::uint32_t parity = 0;
    for (int first = 0; first < groups; first += groups_a_block) {
#pragma unroll
      for (int s = 0; s < shares; ++s)
#pragma unroll
        for (int c = 0; c < columns; ++c)
          x[s][c].load(g, a, m0 + c * 8 + quad, (first + warp + s * warps) * std::int64_t{group}, within);
#pragma unroll
      for (int s = 0; s < shares; ++s)
#pragma unroll
        for (int c = 0; c < columns; ++c) x[s][c].settle(lane);
#pragma unroll
      for (int i = 0; i < tiles; ++i) {
        const std::byte* row = ring + stage * stage_bytes + quad * row_pitch;
        wgmma::barrier_wait(full + 8 * stage, parity);
#pragma unroll
        for (int s = 0; s < shares; ++s) {
          const int index = warp + s * warps;
          if (first + index < groups)
            multiply_group<row_pitch>(row + index * (group / 2) + within * 16,
                                      row + W4::scales_at + index * 2, x[s], sum[i]);
        }
        // Every lane says so itself: racecheck takes no lane's word for its warp, and it costs nothing.
        wgmma::barrier_arrive(empty + 8 * stage, 0);
        if (++stage == stages) stage = 0, parity ^= 1;
      }
    }
  }
  __syncthreads();  // all weights have come and been read: the ring takes the partial sums

  auto* partial = reinterpret_cast<float*>(ring);
#pragma unroll
  for (int i = 0; i < tiles; ++i)
#pragma unroll
    for (int c = 0; c < columns; ++c)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        if (warp < warps && m0 + c * 8 + within * 2 + e % 2 < g.m)
          partial[(warp * columns * 8 + c * 8 + within * 2 + e % 2) * Shape::pitch + i * 16 + e / 2 * 8 +
                  quad] = sum[i][c][e];
  __syncthreads();
  const int present = static_cast<int>(min(g.m - m0, std::int64_t{8 * columns}));
  for (int at = threadIdx.x; at < Shape::rows * present; at += threads) {
    const int row = at % Shape::rows, column = at / Shape::rows;
    if (row >= rows_left) continue;
    float total = 0;
#pragma unroll
    for (int w = 0; w < warps; ++w) total += partial[(w * columns * 8 + column) * Shape::pitch + row];
    write(g, blockIdx.z, m0 + column, row0 + row, total);
  }
}

using DecodeKernel = void (*)(Args);
struct Choice {
  int tiles;
  DecodeKernel narrow, broad;  ///< up to 8 and up to 16 rows of activations at a time
};
constexpr Choice choices[] = {{7, decode<7, 1, true>, decode<7, 2, true>},
                              {4, decode<4, 1, true>, decode<4, 2, true>},
                              {3, decode<3, 1, true>, decode<3, 2, true>},
                              {2, decode<2, 1, true>, decode<2, 2, true>},
                              {1, decode<1, 1, true>, decode<1, 2, true>}};
constexpr DecodeKernel unaligned = decode<2, 2, false>;

void launch(DecodeKernel kernel, int tiles, int columns, const Gemm& g, const Args& args,
            cudaStream_t stream) {
  const dim3 grid(static_cast<unsigned>(ceil_div(g.m, 8 * columns)),
                  static_cast<unsigned>(ceil_div(g.n, tiles * 16)), static_cast<unsigned>(g.batch));
  kernel<<<grid, threads, shared_bytes, stream>>>(args);
  GEMMARK_CUDA_CHECK(cudaGetLastError());
}

/// The tallest block among those that keep the busiest multiprocessor least busy.
const Choice& choose(const Gemm& g, int multiprocessors) {
  const auto busiest = [&](const Choice& c) {
    return ceil_div(ceil_div(g.n, c.tiles * 16) * g.batch, multiprocessors) * c.tiles;
  };
  return *std::min_element(std::begin(choices), std::end(choices),
                           [&](const Choice& a, const Choice& b) { return busiest(a) < busiest(b); });
}

Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (g.in != Precision::w4a16) return has_no(g.in);
  if (Support sm = needs_sm(device, 90); !sm) return sm;
  if (Support fit = fits(g); !fit) return fit;
  return writes_only_its_own_type(g);
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  const auto& g = std::get<Gemm>(request.problem);
  const int multiprocessors = std::stoi(request.device.info().facts.at("multiprocessors"));
  const Choice& choice = choose(g, multiprocessors);
  const int columns = g.m <= 8 ? 1 : 2;
  const DecodeKernel wide = columns == 1 ? choice.narrow : choice.broad;
  for (const DecodeKernel kernel : {wide, unaligned}) allow_shared(request.device, kernel, shared_bytes);
  const bool whole = g.k % 8 == 0 && g.lda() % 8 == 0;
  return std::make_unique<LaunchPlan>(
      [g, wide, whole, columns, tiles = choice.tiles](const Operands& operands, cudaStream_t stream) {
        const Args args = args_of(g, operands);
        const bool aligned = whole && reinterpret_cast<std::uintptr_t>(args.a) % 16 == 0;
        if (aligned)
          launch(wide, tiles, columns, g, args, stream);
        else
          launch(unaligned, 2, 2, g, args, stream);
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
