// cp.async: from global to shared memory without registers in between (since sm_80).
#pragma once

#include <cstdint>

namespace gemmark {

/// Copies `bytes` (4, 8 or 16) where `valid`, else writes zeros; `from` is not read then.
template <int bytes>
__device__ __forceinline__ void async_copy(void* to, const void* from, bool valid) {
  const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(to));
  const int size = valid ? bytes : 0;
  if constexpr (bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(size)
                 : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %3, %2;" ::"r"(address), "l"(from), "r"(size),
                 "n"(bytes)
                 : "memory");
}
/// Copies the first `valid` of 16 bytes and fills the rest with zeros.
__device__ __forceinline__ void async_copy_part(void* to, const void* from, int valid) {
  const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(valid)
               : "memory");
}
__device__ __forceinline__ void async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most `pending` of this thread's groups are under way.
template <int pending>
__device__ __forceinline__ void async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

/// Position of block `index` when `group` rows of blocks are walked together: neighbours in time then share
/// rows of A and columns of B in L2.
__device__ inline void grouped_position(int index, int rows, int cols, int group, int& row, int& col) {
  const int first = index / (group * cols) * group, height = min(rows - first, group);
  const int within = index % (group * cols);
  row = first + within % height, col = within / height;
}

}  // namespace gemmark
