// How many operations a second Hopper's Tensor cores allow to wgmma: warpgroups that multiply the same tiles
// in shared memory, written once, over and over.
//
// A row of a tile is 128 bytes of k, four instructions deep. A repeats its first half in its second, B has
// there the negative of its first: four products cancel, so that the sums stay bounded in every type.
#include "kernels/ceiling/launch.cuh"
#include "kernels/gemm/wgmma_instruction.cuh"
#include "kernels/gemm/wgmma_pipeline.cuh"

namespace gemmark {
namespace wgmma {
// Half the accumulators, two to a register.
struct Fp16acc16 {
  using Accumulator = std::uint32_t;
  static constexpr int k = 16;
};
GEMMARK_WGMMA(Fp16acc16, 256, false, false, 64, "+r", "m64n256k16.f16.f16.f16", ", 1, 1, 0, 0", "%66", "%64",
              "%65")
}  // namespace wgmma
namespace {

constexpr int row_bytes = 128, rows_of_a = 64, steps = 4;

template <class Types, int n>
constexpr int accumulators = n / 2;
template <>
constexpr int accumulators<wgmma::Fp16acc16, 256> = 64;

// Accumulators leave room for so many threads.
template <int n>
constexpr int most_threads = n == 256 ? 384 : 512;

template <class Types, int n, int count>
__global__ void __launch_bounds__(most_threads<n>, 1)
    gpu_wgmma_loop(const uint4* operands, typename Types::Accumulator* results, int rounds) {
  extern __shared__ __align__(1024) unsigned char shared[];
  uint4* tiles = reinterpret_cast<uint4*>(shared);
  constexpr int pieces = row_bytes / 16;
  for (int i = static_cast<int>(threadIdx.x); i < (rows_of_a + n) * pieces;
       i += static_cast<int>(blockDim.x)) {
    const int row = i / pieces, piece = i % pieces;
    tiles[row * pieces + (piece ^ (row % 8))] = operands[i];  // the 128-byte swizzle
  }
  wgmma::fence_async_proxy();
  __syncthreads();

  const std::uint32_t address = wgmma::shared_address(shared);
  const std::uint64_t a = wgmma::descriptor(address, 0);
  const std::uint64_t b = wgmma::descriptor(address + rows_of_a * row_bytes, 0);
  typename Types::Accumulator sum[accumulators<Types, n>] = {};
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    wgmma::fence();
#pragma unroll
    for (int i = 0; i < count; ++i)
      wgmma::Multiply<Types, n, false, false>::issue(sum, a + i % steps * 2, b + i % steps * 2, 1);
    wgmma::commit();
    wgmma::wait<0>();
  }
  typename Types::Accumulator total = 0;
#pragma unroll
  for (const auto one : sum) total += one;
  results[blockIdx.x * blockDim.x + threadIdx.x] = total;
}

/// A, then B, as rows of 128 bytes: the second half of each row repeats the first, negated in B.
std::vector<std::byte> tiles(Dtype a, Dtype b, int n) {
  std::vector<std::byte> bytes;
  const auto add = [&](Dtype dtype, int rows, std::uint64_t seed, bool negate) {
    const auto half = random_elements(dtype, std::int64_t{rows} * row_bytes / 2 * 8 / info(dtype).bits, seed);
    const auto other = negate ? negated(dtype, half) : half;
    for (int row = 0; row < rows; ++row)
      for (const auto* source : {&half, &other})
        bytes.insert(bytes.end(), source->begin() + row * row_bytes / 2,
                     source->begin() + (row + 1) * row_bytes / 2);
  };
  add(a, rows_of_a, 1, false);
  add(b, n, 2, true);
  return bytes;
}

template <class Types, int n>
void add_shapes(Device& device, Dtype a, Dtype b, std::initializer_list<int> warpgroups, LaunchRuns& runs) {
  constexpr int count = 32, shared_bytes = (rows_of_a + n) * row_bytes;
  constexpr double flops = 2.0 * 64 * n * Types::k, operations_a_launch = 5e9;  // of one multiprocessor
  const auto kernel = gpu_wgmma_loop<Types, n, count>;
  allow_shared(device, kernel, shared_bytes);
  const int grid = multiprocessors(device);
  const LoopMemory memory(device, tiles(a, b, n), std::int64_t{512} * grid * 4);
  for (const int groups : warpgroups) {
    const int rounds = static_cast<int>(operations_a_launch / (count * flops * groups)) + 1;
    runs.push_back(std::make_unique<LaunchRun>(
        [=](cudaStream_t stream) {
          kernel<<<grid, 128 * groups, shared_bytes, stream>>>(
              reinterpret_cast<const uint4*>(memory.operands->data()),
              reinterpret_cast<typename Types::Accumulator*>(memory.results->data()), rounds);
        },
        flops * count * rounds * groups * grid,
        "m64n" + std::to_string(n) + ", " + std::to_string(groups) + " warpgroups a multiprocessor"));
  }
}

template <class Types, Dtype a, Dtype b>
LaunchRuns shapes(Device& device) {
  LaunchRuns runs;
  add_shapes<Types, 256>(device, a, b, {1, 2, 3}, runs);
  if constexpr (!std::is_same_v<Types, wgmma::Fp16acc16>) add_shapes<Types, 128>(device, a, b, {2, 4}, runs);
  return runs;
}

template <class Types, Dtype a, Dtype b = a>
Ceiling ceiling(Precision precision, const char* summary) {
  return gpu_compute_ceiling("wgmma", precision, summary, 90, true, shapes<Types, a, b>);
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{
          ceiling<wgmma::Bf16, Dtype::bf16>(Precision::bf16, "64xNx16, fp32 sums"),
          ceiling<wgmma::Fp16, Dtype::f16>(Precision::fp16, "64xNx16, fp32 sums"),
          ceiling<wgmma::Fp16acc16, Dtype::f16>(Precision::fp16acc16, "64x256x16, fp16 sums"),
          ceiling<wgmma::Tf32, Dtype::f32>(Precision::tf32, "64xNx8, fp32 sums"),
          ceiling<wgmma::E4m3, Dtype::e4m3>(Precision::fp8, "64xNx32, fp32 sums"),
          ceiling<wgmma::E5m2E4m3, Dtype::e5m2, Dtype::e4m3>(Precision::fp8e5m2, "64xNx32, fp32 sums"),
          ceiling<wgmma::S8, Dtype::s8>(Precision::int8, "64xNx32, 32-bit sums")};
    }};

}  // namespace gemmark
