// Hopper's Tensor cores in the fewest moves: a slice of A and B comes by TMA, a warpgroup multiplies it, and
// only then is the next one asked for.
//
// Two things are new against mma.sync. One thread starts the copy of a whole tile (the tensor map in
// wgmma_host.hpp says where it lies, swizzles it and fills what is outside with zeros), and an mbarrier
// counts the bytes that have landed. And wgmma reads both operands from shared memory by itself: four warps
// together issue one instruction for 64×128×16 products, and only the sums take registers. wgmma_pipeline.cuh
// has the pieces, wgmma_instruction.cuh the instruction, wgmma_epilogue.cuh the way out.
//
// Cost: within a block copies and products take turns; that three blocks share a multiprocessor is all that
// overlaps them. The next step lets one block do both at once.
#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/wgmma_epilogue.cuh"
#include "kernels/gemm/wgmma_instruction.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"
#include "kernels/gemm/wgmma_steps.cuh"

namespace gemmark {
namespace {

using namespace wgmma;

constexpr int tile_m = 128, tile_n = 128, slice_bytes = 128, threads = 128;
constexpr int a_bytes = tile_m * slice_bytes, b_bytes = tile_n * slice_bytes;
constexpr int shared_bytes = a_bytes + b_bytes + 1024;  // swizzled tiles start on 1024 bytes

template <class Types, class Out>
__global__ void __launch_bounds__(threads)
    basic(const __grid_constant__ CUtensorMap map_a, const __grid_constant__ CUtensorMap map_b,
          const int tiles_m, const int tiles_n, const int k_slices, const Output<Out> out) {
  extern __shared__ unsigned char dynamic_shared[];
  __shared__ std::uint64_t barrier;
  const std::uint32_t a = (shared_address(dynamic_shared) + 1023) & ~1023u, b = a + a_bytes;
  const std::uint32_t arrived = shared_address(&barrier);
  if (threadIdx.x == 0) {
    barrier_init(arrived, 1);
    barrier_init_done();
  }
  __syncthreads();
  int row, col;
  grouped_position(blockIdx.x, tiles_m, tiles_n, 16, row, col);
  row *= tile_m, col *= tile_n;
  const int index = blockIdx.z;

  float sum[tile_m / 64][tile_n / 2];
  for (int slice = 0; slice < k_slices; ++slice) {
    if (threadIdx.x == 0) {
      const int k = slice * Types::k * 4;
      barrier_expect_bytes(arrived, a_bytes + b_bytes);
      copy_box<false>(a, map_a, k, row, index, arrived, 0);
      copy_box<false>(b, map_b, k, col, index, arrived, 0);
    }
    barrier_wait(arrived, slice % 2);
    fence();
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int half = 0; half < tile_m / 64; ++half)
        Multiply<Types, tile_n, false, false>::issue(
            sum[half], descriptor(a + half * 64 * slice_bytes, 0) + (i * 32 >> 4),
            descriptor(b, 0) + (i * 32 >> 4), slice | i);
    commit();
    wait<0>();
    __syncthreads();  // the next copy overwrites what these products have read
  }
#pragma unroll
  for (int half = 0; half < tile_m / 64; ++half)
    store_tile<tile_n>(sum[half], out, out.c + index * out.batch_stride, row + half * 64, col, threadIdx.x);
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return step_kernel({"TMA and wgmma taking turns", tile_m, tile_n, threads, shared_bytes,
                          basic<Bf16, __nv_bfloat16>, basic<Fp16, __half>});
    }};

}  // namespace gemmark
