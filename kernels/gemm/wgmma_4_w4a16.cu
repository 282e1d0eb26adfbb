// Decoding with wgmma: 4-bit weights from registers, and both operands stream along k.
//
// mma_3 and mma_4 fetch the activations first and keep them in registers; the more rows there are, the longer
// the first product waits. Here a block takes up to 128 rows of weights and walks along k once. Weights and
// activations of the same 256 of k come as one stage, and the first product starts with the first stage.
// wgmma takes weights from the registers into which they were unpacked and activations from shared memory,
// where the k must stand in the order that unpacking gives the weights: a warpgroup rearranges them, in
// place.
//
// A few stages only are asked for at a time. With all of them under way, memory serves them in its own order
// and the first is complete a microsecond later.
//
// Cost: wgmma always takes 64 rows, and is far from its peak with 16 columns: multiplying lasts longer than
// copying. For up to 8 rows of activations half of every product is thrown away, and mma_4 is faster; more
// than 16 read the weights again. On an H200, n = 14336, k = 4096, cold, one run: 14.5 µs for 16 rows of
// activations, where mma_3 takes 18.2 and cuBLASLt's fp16 31.2; 14.1 for one row, where mma_4 takes 12.2.
// Where n leaves a block fewer than 64 rows of weights, what is missing is multiplied too: n = 4096, k =
// 14336 takes 26.6 µs for 16 rows of activations and 26.5 for one, mma_3 24.4 and 15.7. Read mma_3 and
// wgmma_2 first.
#include "kernels/gemm/w4a16_operands.cuh"
#include "kernels/gemm/wgmma_host.hpp"
#include "kernels/gemm/wgmma_instruction.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"

namespace gemmark {
namespace {

using namespace wgmma;

constexpr int slice = 256;  ///< of k in a stage: 128 bytes of a row of weights, two groups
constexpr int group = W4::group, slices_a_block = W4::block / slice;
constexpr int most_rows = 128, columns = 16;
constexpr int weight_bytes = most_rows * slice / 2, box_bytes = columns * 128, boxes = slice / 64;
constexpr int activation_bytes = boxes * box_bytes;
constexpr int stages = 8, ahead = 3;  ///< `ahead`: whose weights are asked for and not here yet
// The scales of a block of k come with its first slice, and there is room for two blocks: when that slice is
// asked for, all have begun the block before.
static_assert(stages <= slices_a_block);
constexpr int block_scales = W4::block / group * 2, scale_bytes = most_rows * block_scales, scale_stages = 2;
constexpr int multipliers = 8, warpgroup = 4, arrangers = 4, threads = 32 * (multipliers + arrangers + 1);
constexpr int shared_bytes =  // swizzled tiles start on 1024 bytes
    stages * (weight_bytes + activation_bytes) + scale_stages * scale_bytes + 1024;

/// What the roles share: addresses in shared memory, and a barrier a stage for every hand-over.
struct Stages {
  std::uint32_t weights, activations, scales;
  std::uint32_t weights_here, activations_here, arranged, free;

  __device__ Stages(const unsigned char* memory, const std::uint64_t* barriers)
      : weights((shared_address(memory) + 1023) & ~1023u),
        activations(weights + stages * weight_bytes),
        scales(activations + stages * activation_bytes),
        weights_here(shared_address(barriers)),
        activations_here(weights_here + 8 * stages),
        arranged(activations_here + 8 * stages),
        free(arranged + 8 * stages) {}
  static constexpr int barrier_count = 4 * stages;

  __device__ void init(int readers) const {
    for (int s = 0; s < 8 * stages; s += 8) {
      barrier_init(weights_here + s, 1), barrier_init(activations_here + s, 1);
      barrier_init(arranged + s, arrangers), barrier_init(free + s, readers);
    }
    barrier_init_done();
  }
};

/// Counts through the ring.
struct Position {
  int stage = 0;
  std::uint32_t parity = 0;
  __device__ void step() {
    if (++stage == stages) stage = 0, parity ^= 1;
  }
};

__device__ __forceinline__ void store_shared(std::uint32_t at, const std::uint32_t (&v)[4]) {
  asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(at), "r"(v[0]), "r"(v[1]), "r"(v[2]),
               "r"(v[3])
               : "memory");
}

/// d (64×16) = or += a, of which every warp holds 16 rows as for mma.sync m16n8k16, × b; `b` is the lower
/// half of a descriptor.
__device__ __forceinline__ void multiply_step(float (&d)[8], const std::uint32_t (&a)[4], std::uint32_t b,
                                              int accumulate) {
  constexpr auto upper_half = static_cast<std::uint32_t>(descriptor(0, 0) >> 32);
  asm volatile(
      "{.reg .pred add;\n"
      ".reg .b64 there;\n"
      "setp.ne.b32 add, %13, 0;\n"
      "mov.b64 there, {%12, %14};\n"
      "wgmma.mma_async.sync.aligned.m64n16k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7}, "
      "{%8, %9, %10, %11}, there, add, 1, 1, 0;}"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b), "r"(accumulate), "r"(upper_half));
}

/// Copies slice i of both operands; `row` and `column` are the block's first of weights and activations.
__device__ __forceinline__ void copy_slice(const Stages& at, const CUtensorMap& map_a,
                                           const CUtensorMap& map_b, const CUtensorMap& map_scales, int i,
                                           int row, int column, int rows, int index) {
  const int stage = i % stages, block = i / slices_a_block, within = i % slices_a_block;
  const int block_at = block * static_cast<int>(W4::block_bytes);
  const std::uint32_t weights_here = at.weights_here + 8 * stage,
                      activations_here = at.activations_here + 8 * stage;
  barrier_expect_bytes(weights_here, rows * (slice / 2 + (within == 0 ? block_scales : 0)));
  copy_box<false>(at.weights + stage * weight_bytes, map_b, block_at + within * (slice / 2), row, index,
                  weights_here, 0);
  if (within == 0)
    copy_box<false>(at.scales + block % scale_stages * scale_bytes, map_scales,
                    block_at + static_cast<int>(W4::scales_at), row, index, weights_here, 0);
  barrier_expect_bytes(activations_here, activation_bytes);
  for (int box = 0; box < boxes; ++box)
    copy_box<false>(at.activations + stage * activation_bytes + box * box_bytes, map_a, i * slice + box * 64,
                    column, index, activations_here, 0);
}

/// Puts the activations of every stage into the order of the weights' pairs. A lane reads what meets one word
/// of weights of each of four lanes, 8 of k apiece, and writes it as the two steps of k that these words
/// make.
__device__ __forceinline__ void arrange(const Stages& at, int slices, int warp, int lane) {
  const int row = lane % 8 + warp % 2 * 8, word = lane / 8, first_box = warp / 2 * 2;
  const auto piece = [&](int box, int i) { return box * box_bytes + row * 128 + (i ^ (row & 7)) * 16; };
  Position p;
  for (int i = 0; i < slices; ++i, p.step()) {
    const std::uint32_t stage = at.activations + p.stage * activation_bytes;
    barrier_wait(at.activations_here + 8 * p.stage, p.parity);
    std::uint32_t pair[4][4];  // (0,4), (1,5), (2,6), (3,7) of the eight, for every lane that multiplies
#pragma unroll
    for (int t = 0; t < 4; ++t) {
      const uint4 v = w4a16::load_shared(stage + piece(first_box + t / 2, t % 2 * 4 + word));
      std::uint32_t eight[4] = {v.x, v.y, v.z, v.w};
      w4a16::pair_up(eight);
#pragma unroll
      for (int e = 0; e < 4; ++e) pair[e][t] = eight[e];
    }
    __syncwarp();
#pragma unroll
    for (int e = 0; e < 4; ++e) store_shared(stage + piece(first_box + word / 2, word % 2 * 4 + e), pair[e]);
    fence_async_proxy();
    __syncwarp();
    if (lane == 0) barrier_arrive(at.arranged + 8 * p.stage, 0);
  }
}

/// A lane's words of weights of one group, of two rows, as the operand of eight wgmma.
__device__ __forceinline__ void unpack_group(std::uint32_t at, std::uint32_t (&a)[8][4]) {
  const uint4 upper = w4a16::load_shared(at), lower = w4a16::load_shared(at + 8 * 128);
  const std::uint32_t words[4][2] = {
      {upper.x, lower.x}, {upper.y, lower.y}, {upper.z, lower.z}, {upper.w, lower.w}};
#pragma unroll
  for (int w = 0; w < 4; ++w) {
    std::uint32_t up[4], low[4];
    w4a16::unpack(words[w][0], up), w4a16::unpack(words[w][1], low);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      auto& step = a[2 * w + half];
      step[0] = up[2 * half], step[1] = low[2 * half], step[2] = up[2 * half + 1],
      step[3] = low[2 * half + 1];
    }
  }
}

__device__ __forceinline__ void multiply_group(std::uint32_t activations, const std::uint32_t (&a)[8][4],
                                               float (&d)[8]) {
  // The same for all lanes, which the compiler cannot prove: it would ask again with every instruction.
  const std::uint32_t b = __shfl_sync(~0u, activations >> 4, 0);
  fence();
#pragma unroll
  for (int j = 0; j < 8; ++j) multiply_step(d, a[j], b + ((j / 4 * box_bytes + j % 4 * 32) >> 4), j);
  commit();
}

__global__ void __launch_bounds__(threads, 1)
    decode(const __grid_constant__ CUtensorMap map_a, const __grid_constant__ CUtensorMap map_b,
           const __grid_constant__ CUtensorMap map_scales, const __grid_constant__ w4a16::Args g, int rows) {
  extern __shared__ unsigned char dynamic_shared[];
  __shared__ std::uint64_t barriers[Stages::barrier_count];
  const Stages at(dynamic_shared, barriers);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int row0 = blockIdx.y * rows, column0 = blockIdx.x * columns, index = blockIdx.z;
  const int slices = static_cast<int>((g.k + slice - 1) / slice),
            groups = static_cast<int>((g.k + group - 1) / group);

  const auto copy = [&](int i) { copy_slice(at, map_a, map_b, map_scales, i, row0, column0, rows, index); };
  const bool copies = warp == multipliers + arrangers;
  if (copies && lane == 0) {
    at.init(rows > most_rows / 2 ? multipliers : warpgroup);
    copy(0);
  }
  __syncthreads();
  if (copies) {
    if (lane != 0) return;
    for (int i = 1; i < slices; ++i) {
      if (i >= stages) barrier_wait(at.free + 8 * (i % stages), (i / stages - 1) % 2);
      if (i >= ahead) barrier_wait(at.weights_here + 8 * ((i - ahead) % stages), (i - ahead) / stages % 2);
      copy(i);
    }
    return;
  }
  if (warp >= multipliers) return arrange(at, slices, warp - multipliers, lane);
  if (warp >= warpgroup && rows <= most_rows / 2) return;

  // The lanes that read at once have rows where the swizzle differs: 0 and 4, 1 and 5, …
  const int within = lane % 4, quad = lane / 4, row = warp * 16 + quad / 2 + quad % 2 * 4;
  const std::uint32_t own_weights = at.weights + row * 128 + (within ^ (row & 7)) * 16;
  float sum[8] = {};
  Position p;
#pragma unroll 1
  for (int i = 0; i < slices; ++i, p.step()) {
    std::uint32_t a[2][8][4];
    float d[2][8];
    const std::uint32_t weights = own_weights + p.stage * weight_bytes,
                        activations = at.activations + p.stage * activation_bytes;
    barrier_wait(at.weights_here + 8 * p.stage, p.parity);
    const std::uint32_t scales = at.scales + i / slices_a_block % scale_stages * scale_bytes +
                                 row * block_scales + i % slices_a_block * 4;
    float2 upper = w4a16::load_two(scales), lower = w4a16::load_two(scales + 8 * block_scales);
    if (2 * i + 1 >= groups) upper.y = lower.y = 0;  // whatever stands there
    unpack_group(weights, a[0]);
    barrier_wait(at.arranged + 8 * p.stage, p.parity);
    multiply_group(activations, a[0], d[0]);
    unpack_group(weights ^ 64, a[1]);
    multiply_group(activations + 2 * box_bytes, a[1], d[1]);
    wait<1>();
#pragma unroll
    for (int e = 0; e < 8; ++e) sum[e] = fmaf(e & 2 ? lower.x : upper.x, d[0][e], sum[e]);
    wait<0>();
    __syncwarp();
    if (lane == 0) barrier_arrive(at.free + 8 * p.stage, 0);
#pragma unroll
    for (int e = 0; e < 8; ++e) sum[e] = fmaf(e & 2 ? lower.y : upper.y, d[1][e], sum[e]);
  }

  if (warp * 16 >= rows) return;
#pragma unroll
  for (int e = 0; e < 8; ++e) {
    const std::int64_t n = row0 + row + e / 2 % 2 * 8, m = column0 + e / 4 * 8 + within * 2 + e % 2;
    if (n < g.n && m < g.m) w4a16::write(g, index, m, n, sum[e]);
  }
}

int rows_a_block(const Gemm& g, int multiprocessors) {
  const std::int64_t others = ceil_div(g.m, columns) * g.batch;
  return static_cast<int>(16 *
                          w4a16::tiles_a_block(ceil_div(g.n, 16), most_rows / 16, others, multiprocessors));
}

/// Boxes of `bytes` by `rows` of packed weights.
CUtensorMap map_of_weights(const Tensor& b, int bytes, int rows, CUtensorMapSwizzle swizzle) {
  const auto stored = [](std::int64_t elements) {
    return static_cast<cuuint64_t>(storage_bytes(Dtype::w4, elements));
  };
  const Shape& shape = b.shape;
  return encoded<3>(b, Precision::w4a16,
                    {{stored(shape.stride[1]), static_cast<cuuint64_t>(shape.extent[1]),
                      static_cast<cuuint64_t>(shape.extent[0])},
                     {stored(shape.stride[1]), stored(shape.stride[0])},
                     {static_cast<cuuint32_t>(bytes), static_cast<cuuint32_t>(rows), 1}},
                    swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_128B);  // 256 took 3% longer
}

class StreamedPlan final : public Plan {
 public:
  StreamedPlan(const Gemm& problem, Device& device)
      : problem_(problem),
        rows_(rows_a_block(problem, std::stoi(device.info().facts.at("multiprocessors")))) {
    allow_shared(device, decode, shared_bytes);
  }

  void run(const Operands& operands, Queue queue) override {
    maps_.refresh(
        operands, [](const Tensor& a) { return tensor_map(a, Precision::fp16, columns); },
        [&](const Tensor& b) {
          scales_ = map_of_weights(b, block_scales, rows_, CU_TENSOR_MAP_SWIZZLE_NONE);
          return map_of_weights(b, slice / 2, rows_, CU_TENSOR_MAP_SWIZZLE_128B);
        });
    const dim3 grid(static_cast<unsigned>(ceil_div(problem_.m, columns)),
                    static_cast<unsigned>(ceil_div(problem_.n, rows_)),
                    static_cast<unsigned>(problem_.batch));
    decode<<<grid, threads, shared_bytes, stream_of(queue)>>>(maps_.a, maps_.b, scales_,
                                                              w4a16::args_of(problem_, operands), rows_);
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  }
  std::string algorithm() const override { return std::to_string(rows_) + " rows of weights a block"; }

 private:
  Gemm problem_;
  int rows_;
  Maps maps_;
  CUtensorMap scales_{};
};

Support takes(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (g.in != Precision::w4a16) return has_no(g.in);
  if (Support fit = w4a16::fits(g); !fit) return fit;
  return wgmma::supports(g, device);
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  return std::make_unique<StreamedPlan>(std::get<Gemm>(request.problem), request.device);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{
                                      .device_kind = "cuda",
                                      .summary = "4-bit weights from registers, both operands streamed",
                                      .supports = takes,
                                      .plan = plan};
                                }};

}  // namespace gemmark
