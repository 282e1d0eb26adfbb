#include "bench/request.hpp"
#include "bench/usage_error.hpp"
#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

TEST_CASE("kernels of a backend that this build left out are no slip of the keyboard") {
  Registry registry;
  registry.add({"gemm/cpu_naive", "cpu"}, Kernel{});
  registry.add({"backends/cpu_probe", "cpu"}, Backend{});
  Backend left_out{.name = "mma"};
  left_out.probe = [] { return BackendStatus{.available = Support::no("it needs CUDA")}; };
  registry.add({"backends/left_out", ""}, left_out);
  registry.add({"gemm/cuda_naive", "cuda"}, Kernel{});
  Backend without_gpu = left_out;
  without_gpu.name = "cuda";
  registry.add({"backends/cuda_probe", "cuda"}, without_gpu);

  CHECK_NOTHROW(check_kernels({"cpu*"}, registry));
  for (const char* pattern : {"mma", "mma*", "mma_fp64", "mma[tuned]", "gemm/mma_*"}) {
    CHECK_NOTHROW(check_kernels({pattern, "cpu_naive"}, registry));
    CHECK_THROWS_MATCHES(
        check_kernels({pattern}, registry), EnvironmentError,
        Catch::Matchers::Message("kernels '" + std::string(pattern) + "' are not here: mma: it needs CUDA"));
  }
  for (const char* pattern : {"mmafp64", "wmma*", "cpu_nave", "conv/cpu_nave", "cuda_nave"})
    CHECK_THROWS_AS(check_kernels({pattern, "cpu_naive"}, registry), UsageError);
}
