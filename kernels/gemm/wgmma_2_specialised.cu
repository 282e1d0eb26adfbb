// Warps with different jobs: one copies, eight multiply, and nobody waits for what is not late.
//
// A producer's single thread keeps four slices under way with TMA. Two warpgroups of consumers each own 64
// rows of a 128×256 tile, all their sums in registers: the widest instruction reads least of shared memory a
// product. Two mbarriers a stage are all that they share, `full` for the bytes and `empty` for the readers.
// The producer gives its registers to the consumers, who need 128 for sums alone.
//
// Cost: a block's first copies and its last stores have nothing to run under, and a multiprocessor takes one
// block at a time; every block fetches its operands for itself. The next step stays and shares.
#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/wgmma_epilogue.cuh"
#include "kernels/gemm/wgmma_instruction.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"
#include "kernels/gemm/wgmma_steps.cuh"

namespace gemmark {
namespace {

using namespace wgmma;

constexpr int tile_m = 128, tile_n = 256, slice_bytes = 128, stages = 4, consumers = 2;
constexpr int threads = 128 * (1 + consumers);
constexpr int a_bytes = tile_m * slice_bytes, b_bytes = tile_n * slice_bytes, stage_bytes = a_bytes + b_bytes;
constexpr int shared_bytes = stages * stage_bytes + 1024;  // swizzled tiles start on 1024 bytes

template <class Types, class Out>
__global__ void __launch_bounds__(threads, 1)
    specialised(const __grid_constant__ CUtensorMap map_a, const __grid_constant__ CUtensorMap map_b,
                const int tiles_m, const int tiles_n, const int k_slices, const Output<Out> out) {
  extern __shared__ unsigned char dynamic_shared[];
  __shared__ std::uint64_t barriers[2][stages];
  const std::uint32_t base = (shared_address(dynamic_shared) + 1023) & ~1023u;
  const std::uint32_t full = shared_address(barriers[0]), empty = shared_address(barriers[1]);
  if (threadIdx.x == 0) {
    for (int s = 0; s < stages; ++s) {
      barrier_init(full + 8 * s, 1);
      barrier_init(empty + 8 * s, consumers);
    }
    barrier_init_done();
  }
  __syncthreads();
  int row, col;
  grouped_position(blockIdx.x, tiles_m, tiles_n, 16, row, col);
  row *= tile_m, col *= tile_n;
  const int index = blockIdx.z, warpgroup = threadIdx.x / 128, thread = threadIdx.x % 128;

  if (warpgroup == 0) {
    give_registers<40>();
    if (thread == 0)
      for (int slice = 0; slice < k_slices; ++slice) {
        const int stage = slice % stages, k = slice * Types::k * 4;
        // A fresh barrier counts as having completed the phase before its first.
        barrier_wait(empty + 8 * stage, slice / stages % 2 ^ 1);
        const std::uint32_t a = base + stage * stage_bytes, ready = full + 8 * stage;
        barrier_expect_bytes(ready, stage_bytes);
        copy_box<false>(a, map_a, k, row, index, ready, 0);
        copy_box<false>(a + a_bytes, map_b, k, col, index, ready, 0);
      }
  } else {
    take_registers<232>();
    const int first = (warpgroup - 1) * 64;
    float sum[tile_n / 2];
    for (int slice = 0; slice < k_slices; ++slice) {
      const int stage = slice % stages;
      barrier_wait(full + 8 * stage, slice / stages % 2);
      const std::uint64_t a = descriptor(base + stage * stage_bytes + first * slice_bytes, 0);
      const std::uint64_t b = descriptor(base + stage * stage_bytes + a_bytes, 0);
      fence();
#pragma unroll
      for (int i = 0; i < 4; ++i)
        Multiply<Types, tile_n, false, false>::issue(sum, a + (i * 32 >> 4), b + (i * 32 >> 4), slice | i);
      commit();
      // One group stays under way, so that the Tensor cores do not run dry: the slice before it is free.
      wait<1>();
      if (slice > 0 && thread == 0) barrier_arrive(empty + 8 * ((slice - 1) % stages), 0);
    }
    wait<0>();
    store_tile<tile_n>(sum, out, out.c + index * out.batch_stride, row + first, col, thread);
  }
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return step_kernel({"a warpgroup copies, two multiply", tile_m, tile_n, threads, shared_bytes,
                          specialised<Bf16, __nv_bfloat16>, specialised<Fp16, __half>});
    }};

}  // namespace gemmark
