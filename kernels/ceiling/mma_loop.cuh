// The loop of mma.sync and WMMA ceilings. Two operand pairs and their negatives, A0·B0 + A1·B1 − A0·B0 −
// A1·B1: each chain of sums returns to where it began, neither overflowing nor standing still.
#pragma once

#include <cstdint>

#include "kernels/ceiling/launch.cuh"

namespace gemmark {
namespace {

/// Op says what one multiplication is: fragments A and B, accumulator Sum, how they are loaded from random
/// elements, and `flops`. `count` instructions of the machine are a round, chains·4·(instructions of one).
template <class Op, int chains, int count>
__global__ void __launch_bounds__(512, 1)
    gpu_mma_loop(const std::byte* operands, typename Op::Result* results, int rounds) {
  typename Op::A a[2];
  typename Op::B b[4];
  typename Op::Sum sum[chains];
#pragma unroll
  for (int i = 0; i < 2; ++i) Op::load_a(a[i], operands, i);
#pragma unroll
  for (int i = 0; i < 4; ++i) Op::load_b(b[i], operands, i);
#pragma unroll
  for (int i = 0; i < chains; ++i) Op::clear(sum[i]);
#pragma unroll 1
  for (int round = 0; round < rounds; ++round)
#pragma unroll
    for (int step = 0; step < 4; ++step)
#pragma unroll
      for (int i = 0; i < chains; ++i) Op::multiply(sum[i], a[(step + i) % 2], b[(step + i) % 4]);
  typename Op::Result total = 0;
#pragma unroll
  for (int i = 0; i < chains; ++i) total += Op::first(sum[i]);
  results[blockIdx.x * blockDim.x + threadIdx.x] = total;
}

/// Elements of one operand, the largest of any shape, and where operands lie: A0, A1, B0, B1, −B0, −B1.
constexpr int operand_elements = 16 * 64;

template <class Op, int chains, int count>
LaunchRuns mma_shapes(Device& device) {
  constexpr double operations_a_launch = 2e9;  // of one multiprocessor: 0.3 to 4 ms
  const int count_of_sm = multiprocessors(device);
  const auto a = random_elements(Op::dtype, 2 * operand_elements, 1);
  const auto b = random_elements(Op::dtype, 2 * operand_elements, 2);
  const LoopMemory memory(device, joined(joined(a, b), negated(Op::dtype, b)),
                          std::int64_t{512} * count_of_sm * sizeof(typename Op::Result));
  LaunchRuns runs;
  for (const int warps : {4, 8, 16}) {
    const int rounds = static_cast<int>(operations_a_launch / (4 * chains * Op::flops * warps)) + 1;
    runs.push_back(std::make_unique<LaunchRun>(
        [=](cudaStream_t stream) {
          gpu_mma_loop<Op, chains, count><<<count_of_sm, 32 * warps, 0, stream>>>(
              memory.operands->data(), reinterpret_cast<typename Op::Result*>(memory.results->data()),
              rounds);
        },
        Op::flops * 4 * chains * rounds * warps * count_of_sm,
        std::to_string(chains) + " chains, " + std::to_string(warps) + " warps a multiprocessor"));
  }
  return runs;
}

/// The i-th operand of those that mma_shapes laid out; B begins at 2.
template <class Op>
__device__ const std::byte* operand(const std::byte* operands, int index) {
  constexpr int bytes = static_cast<int>(storage_bytes(Op::dtype, operand_elements));
  return operands + index * bytes;
}

}  // namespace
}  // namespace gemmark
