// Hopper's asynchronous machinery in the smallest pieces: mbarriers, tensor copies into the shared memory of
// one or several blocks of a cluster, and the descriptors through which wgmma reads that memory.
//
// PTX ISA 8.0, chapters "mbarrier", "cp.async.bulk.tensor", "wgmma". Addresses are 32-bit shared ones.
#pragma once

#include <cuda.h>

#include <cstdint>

namespace gemmark::wgmma {

__device__ inline std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

__device__ inline void barrier_init(std::uint32_t barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals));
}
/// Makes initialised barriers visible to the copy engine and to the other blocks of the cluster.
__device__ inline void barrier_init_done() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
__device__ inline void barrier_expect_bytes(std::uint32_t barrier, std::uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}
/// Arrives at the barrier at the same place in the shared memory of another block of the cluster. Its release
/// has block scope: within a block it hands over what was written too, to other blocks only memory that was
/// read. Cluster scope would wait for earlier stores.
__device__ inline void barrier_arrive(std::uint32_t barrier, std::uint32_t block_of_cluster) {
  asm volatile(
      "{.reg .b32 there;\n"
      "mapa.shared::cluster.u32 there, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [there];}" ::"r"(barrier),
      "r"(block_of_cluster)
      : "memory");
}
/// Waits until the phase of that parity is over.
__device__ inline void barrier_wait(std::uint32_t barrier, std::uint32_t parity) {
  asm volatile(
      "{.reg .pred done;\n"
      "AGAIN: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra AGAIN;}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

/// Lets wgmma and the copy engine see what stores have written to shared memory.
__device__ inline void fence_async_proxy() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

__device__ inline std::uint32_t block_rank_in_cluster() {
  std::uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
__device__ inline void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}

/// Copies a box at (x, y, z) of the tensor to `to`; its bytes are counted at `barrier`. With a mask of more
/// than one block it lands at the same place in each of them and is counted at each one's barrier.
template <bool multicast>
__device__ inline void copy_box(std::uint32_t to, const CUtensorMap& map, int x, int y, int z,
                                std::uint32_t barrier, std::uint16_t blocks) {
  const auto address = reinterpret_cast<std::uint64_t>(&map);
  if constexpr (multicast)
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster"
        " [%0], [%1, {%2, %3, %4}], [%5], %6;" ::"r"(to),
        "l"(address), "r"(x), "r"(y), "r"(z), "r"(barrier), "h"(blocks)
        : "memory");
  else
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
        " [%0], [%1, {%2, %3, %4}], [%5];" ::"r"(to),
        "l"(address), "r"(x), "r"(y), "r"(z), "r"(barrier)
        : "memory");
}
__device__ inline void prefetch_map(const CUtensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(reinterpret_cast<std::uint64_t>(&map)) : "memory");
}

/// How wgmma finds a tile in shared memory that was written with the 128-byte swizzle: 8 rows of 128 bytes
/// are an atom of 1024. K-major: atoms follow each other down the rows. MN-major: an atom holds 64 columns ×
/// 8 of k; atoms follow each other along k, and the next 64 columns lie `next_columns` bytes on.
__device__ constexpr std::uint64_t descriptor(std::uint32_t address, std::uint32_t next_columns) {
  constexpr std::uint64_t swizzle_128 = 1ull << 62, atom = 1024;
  return swizzle_128 | atom >> 4 << 32 | static_cast<std::uint64_t>(next_columns >> 4) << 16 |
         (address & 0x3ffff) >> 4;
}

template <int registers>
__device__ inline void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
}
template <int registers>
__device__ inline void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
}

}  // namespace gemmark::wgmma
