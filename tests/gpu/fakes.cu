// GPU kernels for the tests of sessions: one that is right, and one each of what must not end a session.
#include <cstdlib>

#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark::testing {
namespace {

__global__ void one_element(const CudaGemm<float> g) {
  const std::int64_t i = blockIdx.y, j = blockIdx.x;
  float sum = 0;
  for (std::int64_t p = 0; p < g.k; ++p)
    sum += g.a[i * g.a_row + p * g.a_col] * g.b[p * g.b_row + j * g.b_col];
  g.store(0, i, j, sum);
}

__global__ void write_nowhere() { *reinterpret_cast<volatile int*>(16) = 1; }
__global__ void trap() { asm volatile("trap;"); }
__global__ void write_before(const CudaGemm<float> g) { g.c[-1] = 1; }
__global__ void spin() {
  while (true) __nanosleep(1000000);
}

Kernel kernel(const std::string& name, void (*spoil)(const CudaGemm<float>&, cudaStream_t)) {
  Kernel made;
  made.variant = name;
  made.device_kind = "cuda";
  made.supports = [](const Problem&, const Device&) { return Support::yes(); };
  made.plan = [spoil](const PlanRequest& request) {
    return std::make_unique<LaunchPlan>(
        [spoil, g = std::get<Gemm>(request.problem)](const Operands& operands, cudaStream_t stream) {
          const auto args = cuda_gemm_args<float>(g, operands);
          one_element<<<dim3(static_cast<unsigned>(g.n), static_cast<unsigned>(g.m)), 1, 0, stream>>>(args);
          spoil(args, stream);
          GEMMARK_CUDA_CHECK(cudaGetLastError());
        });
  };
  return made;
}

using Args = CudaGemm<float>;
const Registration registration{
    {"gemm/fake_gpu", "cuda"}, [] {
      // For sessions only: no test of all kernels should run them.
      if (std::getenv("GEMMARK_TEST_FAKES") == nullptr) return std::vector<Kernel>{};
      return std::vector<Kernel>{
          kernel("right", [](const Args&, cudaStream_t) {}),
          kernel("right_too", [](const Args&, cudaStream_t) {}),
          kernel("faults", [](const Args&, cudaStream_t stream) { write_nowhere<<<1, 1, 0, stream>>>(); }),
          kernel("traps", [](const Args&, cudaStream_t stream) { trap<<<1, 1, 0, stream>>>(); }),
          kernel("writes_before",
                 [](const Args& g, cudaStream_t stream) { write_before<<<1, 1, 0, stream>>>(g); }),
          kernel("too_many_threads",
                 [](const Args&, cudaStream_t stream) { spin<<<1, 4096, 0, stream>>>(); }),
          kernel("waits",
                 [](const Args&, cudaStream_t stream) { GEMMARK_CUDA_CHECK(cudaStreamSynchronize(stream)); }),
          kernel("hangs", [](const Args&, cudaStream_t stream) { spin<<<1, 1, 0, stream>>>(); })};
    }};

}  // namespace
}  // namespace gemmark::testing
