// What is refused on GPUs that are not here: architectures without code or instructions. Needs no GPU.
#include "kernels/service/cuda_architecture.hpp"
#include "kernels/service/cuda_memory.hpp"
#include "tests/catch.hpp"
#include "tests/gpu/gpu.hpp"
#include "tests/inert_device.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

class Described final : public InertDevice {
 public:
  explicit Described(int sm) {
    info_.id = "cuda:0", info_.kind = "cuda";
    info_.facts = {{"sm", std::to_string(sm)}, {"multiprocessors", "1"}, {"shared_kib_a_block", "227"}};
  }
};

/// Why a backend's kernels refuse everything on that device; fails where one of them does not.
void check_refused(const std::string& backend, int sm, const std::string& reason) {
  Described device(sm);
  int asked = 0;
  for (const Kernel& kernel : Registry::global().kernels()) {
    if (kernel.backend != backend) continue;
    for (const Precision in : gpu_precisions) {
      INFO(kernel.name << " " << name(in) << " on sm_" << sm);
      const Problem problem = posed_to(kernel, {.m = 64, .n = 64, .k = 64, .in = in, .out = {}, .tb = true});
      const Support support = kernel.supports(problem, device);
      CHECK_FALSE(support);
      if (support.why().starts_with("has no")) continue;
      CHECK_THAT(support.why(), ContainsSubstring(reason));
      ++asked;
    }
  }
  CHECK(asked > 0);
}

/// Why a kernel refuses a problem on an sm_90; empty where it does not.
std::string why(const std::string& kernel, const std::string& problem) {
  for (const Kernel& one : Registry::global().kernels())
    if (one.name == "gemm/" + kernel) return one.supports(parse_problem(problem), Described(90)).why();
  return "there is no " + kernel;
}

}  // namespace

TEST_CASE("a build says for which GPUs it has code") {
  const auto why = [](int sm, const std::string& compiled) {
    return has_code_for(Described(sm), compiled).why();
  };
  CHECK(why(90, "90a") == "");
  CHECK(why(80, "80 86 89 90a") == "");
  CHECK(why(87, "80 86 89 90a") == "");  // later of the same major version
  CHECK(why(120, "80 120") == "");
  CHECK(why(75, "80 86 89 90a") == "this build has no code for sm_75, but for 80 86 89 90a");
  CHECK(why(100, "80 86 89 90a") == "this build has no code for sm_100, but for 80 86 89 90a");
  CHECK(why(91, "90a") == "this build has no code for sm_91, but for 90a");  // 90a is for 9.0 alone
  CHECK(why(80, "86") == "this build has no code for sm_80, but for 86");
}

TEST_CASE("only a lack of memory is told as one") {
  CHECK_THROWS_AS(allocation_check(cudaErrorMemoryAllocation, "call", "file", 1), std::bad_alloc);
  CHECK_THROWS_AS(allocation_check(cudaErrorInvalidValue, "call", "file", 1), CudaError);
  CHECK_THROWS_AS(allocation_check(cudaErrorIllegalAddress, "call", "file", 1), DeviceLost);
  CHECK_NOTHROW(allocation_check(cudaSuccess, "call", "file", 1));
}

TEST_CASE("a kernel is refused for its size where its own grid ends") {
  const std::string past_16 = "gemm m=1048561 n=16 k=16 in=fp32",
                    past_128 = "gemm m=8388481 n=16 k=16 in=fp32", too_large = "is too large for one launch";
  CHECK(why("cuda_naive", "gemm m=1048560 n=16 k=16 in=fp32") == "");
  CHECK(why("cuda_naive", past_16) == too_large);
  CHECK(why("cuda_register", past_16) == "");
  CHECK(why("cuda_register", past_128) == too_large);
  CHECK(why("cuda_pipelined", past_128) == "");  // its grid is a line
}

TEST_CASE("what a kernel's 32-bit counts cannot hold is refused") {
  CHECK(why("cuda_pipelined", "gemm m=8 n=8 k=8388607 tb=1 in=fp32") == "");
  CHECK(why("cuda_pipelined", "gemm m=8 n=8 k=8388608 tb=1 in=fp32") == "rows of more than 8388607 elements");
  CHECK(why("cuda_pipelined", "gemm m=8 n=8 k=1073741824 ta=1 in=fp32") == "an extent of 2^30 or more");
  CHECK(why("mma_fp64", "gemm m=8 n=8 k=1073741824 in=fp64") == "an extent of 2^30 or more");
  CHECK(why("mma_ldmatrix", "gemm m=8 n=8 k=134217720 tb=1 in=fp16") == "");
  CHECK(why("mma_ldmatrix", "gemm m=8 n=8 k=134217728 tb=1 in=fp16") == "an extent of 2^27 or more");
  CHECK(why("mma_ldmatrix", "gemm m=134217728 n=8 k=8 ta=1 in=fp16") == "an extent of 2^27 or more");
  CHECK(why("wmma_pipelined", "gemm m=8 n=8 k=268435440 tb=1 in=fp64") == "");
  CHECK(why("wmma_pipelined", "gemm m=8 n=8 k=268435456 tb=1 in=fp64") == "an extent of 2^28 or more");
}

TEST_CASE("instructions that a GPU lacks are refused with the reason") {
  for (const int sm : {80, 89, 100})
    check_refused("wgmma", sm, "needs sm_90a, found sm_" + std::to_string(sm));
  check_refused("wmma", 75, "found sm_75");
  // Newer than the code: its files are compiled for sm_90a alone, whatever else the build has code for.
  for (const int sm : {80, 100, 120}) check_refused("mma", sm, "sm_" + std::to_string(sm));
}
