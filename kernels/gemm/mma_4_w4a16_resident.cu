// Decoding with all activations in registers: mma_3 for k up to 4096, where no warp reads them twice.
//
// Sixteen warps share k, two groups of 128 each, and keep these of 8 rows of activations for as long as the
// block lives. So a stage holds 16 rows of weights along all of k, and a sum is finished when its stage is:
// it goes to shared memory at once, and the loop over tiles is a loop, not code for every tile. A seventeenth
// warp asks for the weights, then adds up the sixteen partial sums of each tile while the next is multiplied.
//
// Cost: a third of shared memory for partial sums, and nothing for longer k or more rows. For 16 rows it was
// tried (on an H200 19 µs where mma_3 takes 18): every block then reads and keeps 128 KB of activations
// before it can begin. On an H200, n = 14336, k = 4096, cold, one run: 12.3 µs for one row of activations,
// where mma_3 takes 14.4 and cuBLASLt's fp16 32.9.
#include "kernels/gemm/device_gemm.hpp"
#include "kernels/gemm/w4a16_operands.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"

namespace gemmark {
namespace {

using namespace w4a16;

constexpr int warps = 16, threads = 32 * (warps + 1), group = W4::group;
static_assert(warps * group == W4::block);  // a warp takes a group of each block
constexpr int blocks_a_row = 2, longest_k = blocks_a_row * W4::block;
constexpr int row_pitch = blocks_a_row * W4::block_bytes, stage_bytes = 16 * row_pitch;
static_assert(row_pitch % 128 == 64);  // the two rows that are read at once fall on different banks
constexpr int most_tiles = 7;          ///< of 16 rows in a block: what their partial sums have room for

// Named barriers, since the two roles meet in different places: one a tile, whose weights are read and whose
// partial sums are there, and one for the set-up.
constexpr int stages_ready = most_tiles + 1;
__device__ __forceinline__ int done_with(int tile) { return tile + 1; }

constexpr int most_rows = 8, stages = 5, lanes = warps * 32;
/// Stages of weights, then the partial sums, a float4 a lane.
constexpr int shared_bytes = stages * stage_bytes + most_tiles * lanes * static_cast<int>(sizeof(float4));

/// Copies the rows from `b` on, at most 16, a lane a row.
__device__ __forceinline__ void copy_tile(const Args& g, const std::byte* b, std::int64_t rows, int groups,
                                          std::uint32_t to, std::uint32_t barrier, int lane) {
  constexpr int scale_bytes = static_cast<int>(W4::block_bytes - W4::scales_at);
  const int present = static_cast<int>(min(rows, std::int64_t{16})), blocks = (groups + warps - 1) / warps;
  if (lane == 0)
    wgmma::barrier_expect_bytes(barrier, present * (groups * (group / 2) + blocks * scale_bytes));
  __syncwarp();
  if (lane >= present) return;
  const std::byte* from = b + lane * g.b_row_bytes;
  to += lane * row_pitch;
  if (groups == blocks_a_row * warps) return bulk_copy(to, from, row_pitch, barrier);
  for (int left = groups; left > 0; left -= warps) {
    bulk_copy(to, from, min(left, warps) * (group / 2), barrier);
    bulk_copy(to + W4::scales_at, from + W4::scales_at, scale_bytes, barrier);
    to += W4::block_bytes, from += W4::block_bytes;
  }
}

/// Adds up the warps' partial sums of a tile for 8 rows of activations, and writes where they belong.
__device__ __forceinline__ void reduce(const Args& g, const float4* partial, std::int64_t row0, int lane) {
  const std::int64_t row = row0 + lane / 4, column = lane % 4 * 2;
  if (column >= g.m) return;
  float total[4] = {};
#pragma unroll
  for (int w = 0; w < warps; ++w) {
    const float4 one = partial[w * 32 + lane];
    total[0] += one.x, total[1] += one.y, total[2] += one.z, total[3] += one.w;
  }
#pragma unroll
  for (int e = 0; e < 4; ++e) {
    if (row + e / 2 * 8 >= g.n || column + e % 2 >= g.m) continue;
    write(g, blockIdx.z, column + e % 2, row + e / 2 * 8, total[e]);
  }
}

template <bool wide>
__global__ void __launch_bounds__(threads, 1) decode_resident(const Args g, int tiles_a_block) {
  extern __shared__ __align__(128) std::byte ring[];
  __shared__ std::uint64_t barriers[stages];
  auto* const partial = reinterpret_cast<float4*>(ring + stages * stage_bytes);
  const std::uint32_t full = wgmma::shared_address(barriers);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, quad = lane / 4, within = lane % 4;
  const std::int64_t row0 = blockIdx.y * std::int64_t{tiles_a_block} * 16;
  const int tiles = static_cast<int>(min((g.n - row0 + 15) / 16, std::int64_t{tiles_a_block}));
  const int groups = static_cast<int>((g.k + group - 1) / group);

  if (warp == warps) {
    const std::byte* b = g.b + blockIdx.z * g.b_batch_bytes + row0 * g.b_row_bytes;
    const auto copy = [&](int tile) {
      const int stage = tile % stages;
      copy_tile(g, b + tile * 16 * g.b_row_bytes, g.n - row0 - tile * 16, groups,
                wgmma::shared_address(ring) + stage * stage_bytes, full + 8 * stage, lane);
    };
    if (lane == 0) {
      for (int s = 0; s < stages; ++s) wgmma::barrier_init(full + 8 * s, 1);
      wgmma::barrier_init_done();
    }
    __syncwarp();
    for (int i = 0; i < min(stages, tiles); ++i) copy(i);
    meet<threads>(stages_ready);
    for (int i = stages; i < tiles; ++i) {
      meet<threads>(done_with(i - stages));
      copy(i);
    }
#pragma unroll 1
    for (int t = 0; t < tiles; ++t) {
      if (t + stages >= tiles) meet<threads>(done_with(t));
      reduce(g, partial + t * lanes, row0 + t * 16, lane);
    }
    return;
  }

  const __half* a = g.a + blockIdx.z * g.a_batch;
  Activations<wide> x[blocks_a_row][1];
#pragma unroll
  for (int s = 0; s < blocks_a_row; ++s)
    x[s][0].load(g, a, quad, (s * warps + warp) * std::int64_t{group}, within);
  meet<threads>(stages_ready);
#pragma unroll
  for (int s = 0; s < blocks_a_row; ++s) x[s][0].settle(lane);

  int stage = 0;
  std::uint32_t parity = 0;
#pragma unroll 1
  for (int t = 0; t < tiles; ++t) {
    float sum[1][4] = {};
    wgmma::barrier_wait(full + 8 * stage, parity);
    const std::byte* row = ring + stage * stage_bytes + quad * row_pitch;
#pragma unroll
    for (int s = 0; s < blocks_a_row; ++s) {
      const std::byte* block = row + s * W4::block_bytes;
      if (s * warps + warp < groups)
        multiply_group<row_pitch>(block + warp * (group / 2) + within * 16, block + W4::scales_at + warp * 2,
                                  x[s], sum);
    }
    partial[t * lanes + threadIdx.x] = make_float4(sum[0][0], sum[0][1], sum[0][2], sum[0][3]);
    announce<threads>(done_with(t));
    if (++stage == stages) stage = 0, parity ^= 1;
  }
}

void launch(void (*kernel)(Args, int), const Gemm& g, const Args& args, int multiprocessors,
            cudaStream_t stream) {
  const std::int64_t tiles = ceil_div(g.n, 16),
                     each = tiles_a_block(tiles, most_tiles, g.batch, multiprocessors);
  const dim3 grid(1, static_cast<unsigned>(ceil_div(tiles, each)), static_cast<unsigned>(g.batch));
  kernel<<<grid, threads, shared_bytes, stream>>>(args, static_cast<int>(each));
  GEMMARK_CUDA_CHECK(cudaGetLastError());
}

Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (g.in != Precision::w4a16) return has_no(g.in);
  if (Support sm = needs_sm(device, 90); !sm) return sm;
  if (Support fit = fits(g); !fit) return fit;
  if (g.m > most_rows)
    return Support::no("keeps activations of up to " + std::to_string(most_rows) + " rows");
  if (g.k > longest_k) return Support::no("holds activations for k up to " + std::to_string(longest_k));
  return writes_only_its_own_type(g);
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  const auto& g = std::get<Gemm>(request.problem);
  const int multiprocessors = std::stoi(request.device.info().facts.at("multiprocessors"));
  for (const auto kernel : {decode_resident<true>, decode_resident<false>})
    allow_shared(request.device, kernel, shared_bytes);
  const bool whole = g.k % 8 == 0 && g.lda() % 8 == 0;
  return std::make_unique<LaunchPlan>(
      [g, multiprocessors, whole](const Operands& operands, cudaStream_t stream) {
        const Args args = args_of(g, operands);
        const bool aligned = whole && reinterpret_cast<std::uintptr_t>(args.a) % 16 == 0;
        launch(aligned ? decode_resident<true> : decode_resident<false>, g, args, multiprocessors, stream);
      },
      whole ? "" : "activations element by element");
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{.device_kind = "cuda",
                                                .summary = "4-bit weights and activations kept in registers",
                                                .supports = supports,
                                                .plan = plan};
                                }};

}  // namespace gemmark
