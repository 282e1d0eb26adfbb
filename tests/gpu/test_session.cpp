// What a kernel or a problem does to the GPU costs its row and nothing else.
#include <algorithm>
#include <cstdlib>

#include "harness/session.hpp"
#include "tests/gpu/gpu.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

struct Collector : Listener {
  void on_result(const ResultRecord& record) override { results.push_back(record); }
  void on_ceiling(const CeilingRecord& record) override { ceilings.push_back(record); }
  std::vector<ResultRecord> results;
  std::vector<CeilingRecord> ceilings;

  const ResultRecord& of(const std::string& kernel) const {
    const auto found = std::find_if(results.begin(), results.end(), [&](const ResultRecord& record) {
      return record.kernel == "gemm/fake_gpu[" + kernel + "]";
    });
    REQUIRE(found != results.end());
    return *found;
  }
};

Collector session(const std::vector<std::string>& kernels, const std::string& problem) {
  RunOptions options;
  options.problems = {problem};
  options.devices = {"cuda"};
  setenv("GEMMARK_TEST_FAKES", "1", 1);  // for the worker
  for (const std::string& kernel : kernels) options.kernels.push_back("fake_gpu[" + kernel + "]");
  options.time_limit_s = 0.01;
  options.hang_limit_s = 5;
  options.ceilings = CeilingPolicy::off;
  Collector collector;
  run_session(options, {&collector});
  CHECK(collector.results.size() == kernels.size());
  return collector;
}

const std::string small = "gemm m=24 n=20 k=16 in=fp32";

}  // namespace

TEST_CASE("a GPU kernel that faults costs one row") {
  if (gpu() == nullptr) return;
  const Collector run =
      session({"faults", "right", "traps", "writes_before", "too_many_threads", "right_too"}, small);
  for (const char* name : {"right", "right_too"}) {
    INFO(run.of(name).why);
    CHECK(run.of(name).status == "ok");
    CHECK(run.of(name).verification == "exact+statistical");
  }
  for (const auto& [name, why] : {std::pair{"faults", "illegal memory access"},
                                  {"traps", "unspecified launch failure"},
                                  {"writes_before", "4 bytes before its start were written"},
                                  {"too_many_threads", "invalid"}}) {
    CHECK(run.of(name).status == "failed");
    CHECK_THAT(run.of(name).why, ContainsSubstring(why));
  }
}

TEST_CASE("a GPU kernel that waits for the device is not timed") {
  if (gpu() == nullptr) return;
  const Collector run = session({"waits", "right"}, small);
  CHECK(run.of("waits").status == "failed");
  CHECK_THAT(run.of("waits").why, ContainsSubstring("launches wait for the device"));
  CHECK(run.of("right").status == "ok");
}

TEST_CASE("a GPU kernel that hangs is ended and costs one row") {
  if (gpu() == nullptr) return;
  const Collector run = session({"hangs", "right"}, small);
  CHECK(run.of("hangs").status == "timeout");
  CHECK(run.of("right").status == "ok");
}

TEST_CASE("a problem larger than the GPU's memory is skipped with the reason") {
  if (gpu() == nullptr) return;
  const Collector run = session({"right"}, "gemm m=400000 n=400000 k=8 in=fp32");
  CHECK(run.of("right").status == "skipped");
  CHECK_THAT(run.of("right").why, ContainsSubstring("GB are usable"));
}

TEST_CASE("every mode gives samples on the GPU") {
  if (gpu() == nullptr) return;
  RunOptions options;
  options.problems = {"gemm m=64 n=64 k=64 in=fp32"};
  options.devices = {"cuda"};
  setenv("GEMMARK_TEST_FAKES", "1", 1);
  options.kernels = {"fake_gpu[right]"};
  options.modes = {Mode::cold, Mode::hot, Mode::latency};
  options.time_limit_s = 0.1;
  options.ceilings = CeilingPolicy::off;
  Collector run;
  run_session(options, {&run});
  REQUIRE(run.results.size() == 3);
  for (const ResultRecord& record : run.results) {
    INFO(record.mode << ": " << record.why);
    CHECK(record.status == "ok");
    CHECK(record.samples_s.size() >= 3);
    REQUIRE(record.timer_bias_s);
    CHECK(*record.timer_bias_s >= 0);
    CHECK(*record.median_s > 0);
  }
}

TEST_CASE("a run says what memory, the L2 cache and the link deliver") {
  if (gpu() == nullptr) return;
  RunOptions options;
  options.problems = {"gemm m=64 n=64 k=64 in=fp32"};
  options.devices = {"cuda:0"};
  setenv("GEMMARK_TEST_FAKES", "1", 1);
  options.kernels = {"fake_gpu[right]"};
  options.time_limit_s = 0.01;
  Collector run;
  run_session(options, {&run});
  const auto value = [&](const std::string& kind, const std::string& name, int level) {
    for (const CeilingRecord& c : run.ceilings)
      if (c.kind == kind && c.name == name && c.cache_level == level) return c.value;
    FAIL("there is no " << kind << " " << name << " of level " << level);
    return 0.0;
  };
  const double memory = value("bandwidth", "read", 0), link = value("link", "host_to_device", 0);
  CHECK(value("bandwidth", "read", 2) > memory);
  CHECK(memory > link);
  CHECK(link > 0);
  CHECK(value("link", "device_to_host", 0) > 0);
  CHECK(value("bandwidth", "copy", 0) > 0);
  CHECK(value("bandwidth", "triad", 0) > 0);
}
