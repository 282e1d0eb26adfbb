// How many multiply-adds a second CUDA cores allow: every thread iterates x ← x² + c on values of its own.
//
// With c between −1.95 and −1.75 the map is bounded and never settles (a logistic map in other coordinates),
// so that every bit of both factors keeps moving; a decaying x ← a·x + b would reach a fixed point and draw
// less power. The sums are as wide as the factors: for fp16 that is fp16acc16.
#include <cuda_fp16.h>

#include "kernels/ceiling/launch.cuh"

namespace gemmark {
namespace {

template <class T>
__device__ T square_plus(T x, T c) {
  if constexpr (std::is_same_v<T, __half2>)
    return __hfma2(x, x, c);
  else
    return fma(x, x, c);
}
// Halves of their own: of a pair that repeats one, only one of the two pipes can make use.
template <class T>
__device__ T as(float low, float high) {
  if constexpr (std::is_same_v<T, __half2>)
    return __floats2half2_rn(low, high);
  else
    return static_cast<T>(low);
}

// tests/kernels/check_gpu_ceiling_loops.py counts `count` instructions in the compiled loop.
template <class T, int chains, int count>
__global__ void gpu_fma_loop(const float* random, T* results, int rounds) {
  const int thread = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const auto uniform = [random](int i) { return random[i % 1024]; };
  const T c = as<T>(-1.85f + 0.1f * uniform(thread), -1.85f + 0.1f * uniform(thread + 1));
  T x[chains];
#pragma unroll
  for (int i = 0; i < chains; ++i) x[i] = as<T>(uniform(thread + 37 * i), uniform(thread + 37 * i + 1));
#pragma unroll 1
  for (int round = 0; round < rounds; ++round)
#pragma unroll
    for (int step = 0; step < count / chains; ++step)
#pragma unroll
      for (int i = 0; i < chains; ++i) x[i] = square_plus(x[i], c);
#pragma unroll
  for (int i = 1; i < chains; ++i) x[0] = x[0] + x[i];
  results[thread] = x[0];
}

template <class T, int chains, int count>
LaunchRuns shapes(Device& device) {
  constexpr int most_threads_a_multiprocessor = 2048;
  constexpr double lanes = std::is_same_v<T, __half2> ? 2 : 1;
  constexpr int rounds = (sizeof(T) == 8 ? 1 << 18 : 1 << 19) / count;  // about 1 ms
  const int count_of_sm = multiprocessors(device);
  const LoopMemory memory(device, random_elements(Dtype::f32, 1024, 1),
                          std::int64_t{most_threads_a_multiprocessor} * count_of_sm * sizeof(T));
  LaunchRuns runs;
  for (const int threads : {512, 1024})
    for (const int blocks : {1, 2}) {
      const int grid = blocks * count_of_sm;
      runs.push_back(std::make_unique<LaunchRun>(
          [=](cudaStream_t stream) {
            gpu_fma_loop<T, chains, count>
                <<<grid, threads, 0, stream>>>(reinterpret_cast<const float*>(memory.operands->data()),
                                               reinterpret_cast<T*>(memory.results->data()), rounds);
          },
          2.0 * lanes * count * rounds * threads * grid,
          std::to_string(chains) + " chains, " + launch_text(grid, threads)));
    }
  return runs;
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{
          gpu_compute_ceiling("cuda_fma", Precision::fp32, "multiply-adds of floats", 50, false,
                              shapes<float, 8, 512>),
          gpu_compute_ceiling("cuda_fma", Precision::fp64, "multiply-adds of doubles", 50, false,
                              shapes<double, 8, 512>),
          gpu_compute_ceiling("cuda_fma", Precision::fp16acc16, "multiply-adds of pairs of halves", 53, false,
                              shapes<__half2, 8, 512>)};
    }};

}  // namespace gemmark
