// Every own kernel of the GPU on awkward shapes in every precision, and no correct one called wrong.
//
// GEMMARK_ONLY_KERNEL takes one kernel, GEMMARK_CASES_THIN fewer cases (0: all), GEMMARK_BARE_BUFFERS buffers
// of exactly their size: what scripts/sanitize.sh asks for.
#include <cstdio>

#include "tests/gpu/bare_memory.hpp"
#include "tests/gpu/gpu.hpp"
#include "tests/kernels/awkward.hpp"
#include "tests/kernels/false_alarms.hpp"
#include "tests/kernels/gemm_case.hpp"
#include "tests/kernels/oracle_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

std::vector<AwkwardCase> cases(Precision in) {
  std::vector<AwkwardCase> all;
  int index = 0;
  const auto take = [&](const std::vector<AwkwardCase>& some, int every) {
    for (const AwkwardCase& one : some) {
      if (index++ % every != 0) continue;
      all.push_back(one);
      all.push_back({with_aligned_rows(one.problem), one.exact});
    }
  };
  // Primes, so that what is taken walks through every transpose and scalar.
  take(awkward_sizes(in), thinning(29));
  take(awkward_scalars(in), thinning(7));
  take(several_tiles(in), thinning(1) > 1 ? 3 : 1);  // each of its shapes is still among them
  take(random_numbers(in), thinning(1));
  take(batches(in), thinning(1));
  if (in == Precision::w4a16) take(layers(in), 1);  // whose kernels are for decoding
  return all;
}

}  // namespace

TEST_CASE("own GPU kernels on awkward shapes") {
  Device* device = gpu();
  if (device == nullptr) return;
  BareMemoryDevice bare(*device);
  Device& used = std::getenv("GEMMARK_BARE_BUFFERS") != nullptr ? static_cast<Device&>(bare) : *device;
  const char* only = std::getenv("GEMMARK_ONLY_KERNEL");
  std::map<std::string, int> runs;
  for (const Precision in : gpu_precisions)
    for (const AwkwardCase& awkward : cases(in)) {
      std::optional<GemmCase> one;
      for (const Kernel* kernel : runnable_kernels("cuda")) {
        if (only != nullptr && kernel->name != only) continue;
        int& run = runs[kernel->name];
        const Problem posed = posed_to(*kernel, awkward.problem);
        if (!kernel->supports(posed, used)) continue;
        if (!one) one.emplace(awkward.problem, awkward.exact, 1);
        ++run;
        const std::string complaint = one->complaint(*kernel, used, 1);
        if (complaint.empty()) continue;
        INFO(kernel->name << ": " << to_text(posed));
        FAIL_CHECK(complaint);
      }
    }
  CHECK(!runs.empty());  // a kernel that there is not was asked for
  for (const auto& [kernel, run] : runs) {
    std::printf("%-28s %5d cases\n", kernel.c_str(), run);
    INFO(kernel);
    CHECK(run > 0);
  }
}

TEST_CASE("kernels and libraries that ran on one GPU run on the next") {
  Registry& registry = Registry::global();
  std::vector<Device*> gpus;
  for (const auto& device : registry.devices())
    if (device->info().kind == "cuda") gpus.push_back(device.get());
  if (gpus.size() < 2) {
    WARN("skipped: no GPU beside the first");
    return;
  }
  int runs = 0;
  for (const Precision in : gpu_precisions) {
    GemmCase one({.m = 136, .n = 264, .k = 256, .in = in, .out = {}, .tb = true}, false, 1);
    for (Device* device : gpus)
      for (const Kernel& kernel : registry.kernels()) {
        if (kernel.device_kind != "cuda" || !registry.status(kernel.backend).available ||
            !kernel.supports(posed_to(kernel, one.problem), *device))
          continue;
        INFO(kernel.name << " " << name(in) << " on " << device->info().id);
        CHECK(one.complaint(kernel, *device, 1) == "");
        ++runs;
      }
  }
  CHECK(runs > 0);
}

TEST_CASE("no correct GPU kernel is called wrong") {
  if (Device* device = gpu()) no_false_alarm(*device, gpu_precisions, 1500);
}

TEST_CASE("the GPU's oracles agree with the definition") {
  Device* device = gpu();
  if (device == nullptr) return;
  oracles_agree_with_the_definition(*device);
  oracles_compute_the_plain_product(*device);
}
