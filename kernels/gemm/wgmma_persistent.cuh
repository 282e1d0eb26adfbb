// The warp-specialised, persistent GEMM that all precisions share: they differ in the instruction alone,
// since a tile row is always 128 bytes of k.
//
// One warpgroup copies, two multiply: the producer's single thread keeps `stages` slices of A and B in flight
// with TMA, and each consumer owns 64 of the tile's 128 rows. A full and an empty mbarrier a stage are all
// that they share, so the copies for the next tile run under the epilogue of this one. Blocks of a cluster
// that want the same slice of A or B fetch a part each and multicast it, which cuts the traffic from L2 that
// would otherwise bind: a 128×256 tile needs 9 TB/s at 800 TFLOP/s, two of them together 6.
#pragma once

#include "kernels/gemm/wgmma_epilogue.cuh"
#include "kernels/gemm/wgmma_instruction.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"

namespace gemmark::wgmma {

/// Tile of a block, depth of its pipeline, blocks of a cluster along m and n.
template <int tile_n, int stage_count, int along_m, int along_n>
struct Tiling {
  static constexpr int m = 128, n = tile_n, k_bytes = 128;
  static constexpr int stages = stage_count;
  static constexpr int cluster_m = along_m, cluster_n = along_n, cluster = along_m * along_n;
  static constexpr int a_bytes = m * k_bytes, b_bytes = n * k_bytes, stage_bytes = a_bytes + b_bytes;
  // Swizzled tiles start on 1024 bytes; more than 206 KB in all was seen to fault now and then with clusters.
  static constexpr int shared_bytes = stages * stage_bytes + 1024 + 2 * stages * 8;
  static_assert(shared_bytes <= 206 * 1024);
};

/// Which tiles there are, and in which order: `group` rows of cluster tiles are walked together, so that what
/// is under way at a time is nearly square and its operands stay in L2.
struct Schedule {
  int tiles_m, tiles_n, batch, group, k_slices;
  int absent_bytes;  ///< of a stage, that no copy fills: rows of A beyond a matrix shorter than the tile

  __device__ int count() const { return tiles_m * tiles_n * batch; }
  __device__ void locate(int tile, int& along_m, int& along_n, int& index) const {
    index = tile / (tiles_m * tiles_n);
    tile %= tiles_m * tiles_n;
    const int first = tile / (group * tiles_n) * group;
    const int rows = min(tiles_m - first, group);
    const int within = tile % (group * tiles_n);
    along_m = first + within % rows;
    along_n = within / rows;
  }
};

constexpr int threads = 384;

// Static: two files that instantiate the same tiling would otherwise share a host stub but not the device
// code, and attributes set on one be lost on the other.

template <class Types, class Out, class Tile, bool a_mn_major, bool b_mn_major>
static __global__ void __launch_bounds__(threads, 1)
    persistent(const __grid_constant__ CUtensorMap map_a, const __grid_constant__ CUtensorMap map_b,
               const Schedule schedule, const Output<Out> out) {
  extern __shared__ unsigned char dynamic_shared[];
  const std::uint32_t base = (shared_address(dynamic_shared) + 1023) & ~1023u;
  const std::uint32_t full = base + Tile::stages * Tile::stage_bytes, empty = full + 8 * Tile::stages;
  const int warpgroup = threadIdx.x / 128;
  const std::uint32_t rank = Tile::cluster > 1 ? block_rank_in_cluster() : 0;
  const int rank_m = rank % Tile::cluster_m, rank_n = rank / Tile::cluster_m;

  if (threadIdx.x == 0) {
    for (int s = 0; s < Tile::stages; ++s) {
      barrier_init(full + 8 * s, 1);
      // Both consumers of every block that this one's copies reach.
      barrier_init(empty + 8 * s, 2 * (Tile::cluster_m + Tile::cluster_n - 1));
    }
    barrier_init_done();
  }
  if constexpr (Tile::cluster > 1)
    cluster_sync();
  else
    __syncthreads();

  const int first = blockIdx.x / Tile::cluster, step = gridDim.x / Tile::cluster;
  if (warpgroup == 0) {
    give_registers<40>();
    if (threadIdx.x == 0) {
      prefetch_map(map_a), prefetch_map(map_b);
      constexpr int k_elements = Types::k * 4;
      // Of A's rows, shared along n, this block fetches one part; of B's columns, shared along m, another.
      constexpr int a_part = Tile::m / Tile::cluster_n, b_part = Tile::n / Tile::cluster_m;
      std::uint16_t a_blocks = 0, b_blocks = 0;
      for (int i = 0; i < Tile::cluster_n; ++i) a_blocks |= 1u << (rank_m + i * Tile::cluster_m);
      for (int i = 0; i < Tile::cluster_m; ++i) b_blocks |= 1u << (rank_n * Tile::cluster_m + i);
      int stage = 0;
      std::uint32_t parity = 1;
      for (int tile = first; tile < schedule.count(); tile += step) {
        int along_m, along_n, index;
        schedule.locate(tile, along_m, along_n, index);
        const int row = (along_m * Tile::cluster_m + rank_m) * Tile::m + rank_n * a_part;
        const int col = (along_n * Tile::cluster_n + rank_n) * Tile::n + rank_m * b_part;
        for (int slice = 0; slice < schedule.k_slices; ++slice) {
          barrier_wait(empty + 8 * stage, parity);
          const std::uint32_t ready = full + 8 * stage, k = slice * k_elements;
          const std::uint32_t a = base + stage * Tile::stage_bytes + rank_n * a_part * Tile::k_bytes;
          const std::uint32_t b =
              base + stage * Tile::stage_bytes + Tile::a_bytes + rank_m * b_part * Tile::k_bytes;
          barrier_expect_bytes(ready, Tile::stage_bytes - schedule.absent_bytes);
          // MN-major boxes are 64 columns wide and as deep as the slice.
          if constexpr (a_mn_major) {
#pragma unroll
            for (int i = 0; i < a_part; i += 64)
              copy_box<(Tile::cluster_n > 1)>(a + i * Tile::k_bytes, map_a, row + i, k, index, ready,
                                              a_blocks);
          } else {
            copy_box<(Tile::cluster_n > 1)>(a, map_a, k, row, index, ready, a_blocks);
          }
          if constexpr (b_mn_major) {
#pragma unroll
            for (int i = 0; i < b_part; i += 64)
              copy_box<(Tile::cluster_m > 1)>(b + i * Tile::k_bytes, map_b, col + i, k, index, ready,
                                              b_blocks);
          } else {
            copy_box<(Tile::cluster_m > 1)>(b, map_b, k, col, index, ready, b_blocks);
          }
          if (++stage == Tile::stages) stage = 0, parity ^= 1;
        }
      }
    }
    __syncwarp();
  } else {
    take_registers<232>();
    const int consumer = warpgroup - 1, thread = threadIdx.x % 128;
    // Threads 0 … cluster−1 each tell one block of the cluster, if its copies come here.
    const bool tells =
        thread < Tile::cluster && (thread % Tile::cluster_m == rank_m || thread / Tile::cluster_m == rank_n);
    constexpr int mn_chunk = 64 * Tile::k_bytes;
    constexpr int a_step = a_mn_major ? Types::k * 128 : 32, b_step = b_mn_major ? Types::k * 128 : 32;
    int stage = 0;
    std::uint32_t parity = 0;
    for (int tile = first; tile < schedule.count(); tile += step) {
      int along_m, along_n, index;
      schedule.locate(tile, along_m, along_n, index);
      typename Types::Accumulator sum[Tile::n / 2];
      int previous = 0;
      for (int slice = 0; slice < schedule.k_slices; ++slice) {
        barrier_wait(full + 8 * stage, parity);
        const std::uint32_t a = base + stage * Tile::stage_bytes + consumer * mn_chunk;
        const std::uint32_t b = base + stage * Tile::stage_bytes + Tile::a_bytes;
        const std::uint64_t desc_a = descriptor(a, mn_chunk), desc_b = descriptor(b, mn_chunk);
        fence();
#pragma unroll
        for (int i = 0; i < 4; ++i)
          Multiply<Types, Tile::n, a_mn_major, b_mn_major>::issue(sum, desc_a + (i * a_step >> 4),
                                                                  desc_b + (i * b_step >> 4), slice | i);
        commit();
        // The slice before this one has been read once at most one group is under way.
        if (slice > 0) {
          wait<1>();
          if (tells) barrier_arrive(empty + 8 * previous, thread);
        }
        previous = stage;
        if (++stage == Tile::stages) stage = 0, parity ^= 1;
      }
      wait<0>();
      if (tells) barrier_arrive(empty + 8 * previous, thread);
      const int row = (along_m * Tile::cluster_m + rank_m) * Tile::m + consumer * 64;
      const int col = (along_n * Tile::cluster_n + rank_n) * Tile::n;
      store_tile<Tile::n>(sum, out, out.c + index * out.batch_stride, row, col, thread);
    }
  }
  // A block must not leave while others may still write into it or signal it.
  if constexpr (Tile::cluster > 1) cluster_sync();
}

}  // namespace gemmark::wgmma
