// The vendors' kernels: right on awkward problems, with the thread count that each plan asked for.
#include "kernels/backends/blis.hpp"
#include "kernels/backends/openblas.hpp"
#include "tests/kernels/vendor.hpp"

namespace gemmark {
namespace {

using testing::here;
using testing::host;
using testing::VendorCase;

const std::vector<std::pair<std::string, std::string>> sampled_types{
    {"fp32", ""}, {"fp64", ""}, {"bf16", ""}, {"bf16", " out=fp32"}, {"int8", ""}};

const std::vector<std::string> awkward{
    "m=1 n=1 k=1",
    "m=1 n=129 k=33",
    "m=127 n=1 k=31",
    "m=33 n=31 k=1",
    "m=129 n=127 k=65 ta=1",
    "m=65 n=129 k=127 tb=1",
    "m=129 n=33 k=100 ta=1 tb=1",
    "m=31 n=33 k=65 lda=80 ldb=40 ldc=50",
    "m=31 n=33 k=65 ta=1 tb=1 lda=40 ldb=70 ldc=35",
    "m=7 n=9 k=8 batch=3",
    "m=9 n=7 k=8 ta=1 batch=3 lda=11 ldc=13",
    "m=65 n=31 k=33 alpha=2",
    "m=65 n=31 k=33 beta=1",
    "m=31 n=65 k=33 alpha=-2 beta=3 ta=1 ldc=70",
    "m=33 n=31 k=65 alpha=0 beta=2",
};

std::vector<const Kernel*> vendor_kernels() {
  std::vector<const Kernel*> found;
  for (const Kernel& kernel : Registry::global().kernels())
    if (kernel.op == "gemm" && kernel.role == Role::vendor && kernel.device_kind == "host")
      found.push_back(&kernel);
  return found;
}

}  // namespace

TEST_CASE("vendor kernels compute what the problem says", "[vendor]") {
  int run = 0;
  for (const Kernel* kernel : vendor_kernels()) {
    if (!here(kernel->backend)) continue;
    int supported = 0;
    for (const auto& [in, out] : sampled_types)
      for (const std::string& shape : awkward) {
        VendorCase item(VendorCase::posed_to(*kernel, "gemm " + shape + " in=" + in + out), host());
        const Support support = kernel->supports(item.problem, host());
        if (!support) continue;
        ++supported;
        for (const int threads : {1, 2}) {
          INFO(kernel->name << ": " << to_text(item.problem) << ", threads " << threads);
          const auto plan = item.plan(*kernel, threads);
          item.give_workspace(*plan);
          item.reset();
          plan->run(item.operands, {});
          REQUIRE(item.wrong() == 0);
          ++run;
        }
      }
    INFO(kernel->name);
    CHECK(supported >= static_cast<int>(awkward.size()));
  }
  if (run == 0) WARN("skipped: no vendor library is here");
}

TEST_CASE("vendor kernels refuse with a reason what they lack", "[vendor]") {
  for (const Kernel* kernel : vendor_kernels())
    for (const char* text :
         {"gemm m=8 n=8 k=8 in=fp8", "gemm m=8 n=8 k=8 in=fp16acc16", "gemm m=8 n=8 k=8 in=tf32"}) {
      INFO(kernel->name << ": " << text);
      const Support support = kernel->supports(parse_problem(VendorCase::posed_to(*kernel, text)), host());
      CHECK_FALSE(support);
      CHECK(support.why().find("has no") != std::string::npos);
    }
}

TEST_CASE("plans with different thread counts alternate", "[vendor]") {
  for (const Kernel* kernel : vendor_kernels()) {
    if (!here(kernel->backend)) continue;
    VendorCase item(VendorCase::posed_to(*kernel, "gemm m=129 n=127 k=100 in=fp32"), host());
    std::vector<std::unique_ptr<Plan>> plans;
    for (const int threads : {1, 2, 3}) plans.push_back(item.plan(*kernel, threads));
    for (const auto& plan : plans) item.give_workspace(*plan);
    for (int round = 0; round < 3; ++round)
      for (std::size_t i = 0; i < plans.size(); ++i) {
        INFO(kernel->name << " with " << i + 1 << " threads, round " << round);
        item.give_workspace(*plans[i]);
        item.reset();
        plans[i]->run(item.operands, {});
        CHECK(item.wrong() == 0);
        const BlasFinding* found = kernel->backend == "openblas" ? &openblas()
                                   : kernel->backend == "blis"   ? &blis()
                                                                 : nullptr;
        if (found == nullptr || !kernel->threaded) continue;
        const Cblas& copy = kernel->variant.empty() ? *found->environment : *found->best;
        CHECK(copy.threads() == static_cast<int>(i) + 1);
      }
  }
}

TEST_CASE("a best row is told apart by its core type", "[vendor]") {
  for (const BlasFinding* found : {&openblas(), &blis()}) {
    if (!found->best) continue;
    CHECK(found->best_ratio > worth_a_row);
    CHECK(found->best->sgemm != found->environment->sgemm);
    const auto& kernels = Registry::global().kernels();
    CHECK(std::count_if(kernels.begin(), kernels.end(),
                        [&](const Kernel& k) { return k.variant == found->best->core; }) >= 1);
  }
}

}  // namespace gemmark
