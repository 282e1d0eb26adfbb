// How a ceiling is measured where neighbours come and go, on a device whose clock the test turns.
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "harness/ceilings.hpp"
#include "tests/catch.hpp"
#include "tests/inert_device.hpp"

namespace gemmark {
namespace {

constexpr double quiet_rate = 1e9;

class NoisyDevice final : public testing::InertDevice {
 public:
  using Rate = std::function<double(int window)>;
  explicit NoisyDevice(Rate rate, bool contended = false) : rate_(std::move(rate)), contended_(contended) {}

  double time(Mode, int calls, const std::function<void(int)>&) override {
    return calls * work / rate_(windows++);
  }
  double contention(int) override { return contended_ ? 2 : 1; }

  static constexpr double work = 1e6;  ///< of one call: a millisecond when it is quiet
  int windows = 0;

 private:
  Rate rate_;
  bool contended_;
};

class Loop final : public CeilingRun {
 public:
  void run(Queue) override {}
  double work() const override { return NoisyDevice::work; }
};

double measure(NoisyDevice& device) {
  Ceiling ceiling{.name = "fma", .precision = Precision::fp32};
  ceiling.shapes = [](Device&, int) {
    std::vector<std::unique_ptr<CeilingRun>> shapes;
    shapes.push_back(std::make_unique<Loop>());
    return shapes;
  };
  return measure_ceiling(ceiling, device, 1)->value;
}

NoisyDevice quiet() {
  return NoisyDevice([](int) { return quiet_rate; });
}

}  // namespace

TEST_CASE("a ceiling is what the few quiet windows show", "[ceilings]") {
  NoisyDevice device([](int window) { return window % 20 == 0 ? quiet_rate : 0.7 * quiet_rate; });
  CHECK(measure(device) == Approx(quiet_rate));
}

TEST_CASE("a ceiling is looked at for longer until its fastest window has come again", "[ceilings]") {
  NoisyDevice calm = quiet();
  measure(calm);
  NoisyDevice rising([](int window) { return quiet_rate * (window == 20 ? 1.02 : 1); });
  CHECK(measure(rising) == Approx(1.02 * quiet_rate));
  CHECK(rising.windows > 2 * calm.windows);
}

TEST_CASE("a ceiling is looked at for longer while somebody else uses the processors", "[ceilings]") {
  NoisyDevice calm = quiet();
  measure(calm);
  NoisyDevice slowed([](int) { return 0.7 * quiet_rate; }, true);
  measure(slowed);
  CHECK(slowed.windows > 2 * calm.windows);
}

TEST_CASE("memory is no limit of what may lie in a cache in part", "[ceilings]") {
  DeviceInfo device;
  device.caches = {{1, 1000, 4}, {2, 50'000, 1}};
  CHECK(level_of_operands(device, Mode::hot, 4000, 4) == 1);
  CHECK(level_of_operands(device, Mode::hot, 4001, 4) == 2);
  CHECK(level_of_operands(device, Mode::hot, 100'000, 4) == 2);
  CHECK(level_of_operands(device, Mode::latency, 100'001, 4) == 0);
  CHECK(level_of_operands(device, Mode::cold, 1, 4) == 0);
  device.caches.clear();
  CHECK(level_of_operands(device, Mode::hot, 1, 4) == 0);
}

TEST_CASE("what binds is the limit that takes longest", "[ceilings]") {
  ResultRecord row;
  row.problem = "gemm m=100 n=100 k=100 in=fp32", row.precision = "fp32", row.device = "cuda:0";
  row.mode = "offload", row.threads = 1;
  row.flops_executed = 2e6, row.bytes = 12e4, row.median_s = 1e-3;
  const CeilingRecord memory{"cuda:0", "bandwidth", "read", "cuda", {}, 0, 1, 1e12, "B/s", ""};
  const CeilingRecord arithmetic{"cuda:0", "compute", "fma", "cuda", "fp32", 0, 1, 1e12, "flop/s", ""};
  const CeilingRecord there{"cuda:0", "link", "host_to_device", "cuda", {}, 0, 1, 1e8, "B/s", ""};
  const CeilingRecord back{"cuda:0", "link", "device_to_host", "cuda", {}, 0, 1, 1e9, "B/s", ""};
  Ceilings ceilings;
  ceilings.add(memory);
  CHECK(share_of_ceiling(ceilings, row, 0).bound.empty());  // arithmetic might take longer
  CHECK(share_of_ceiling(ceilings, row, 0).why == "no compute ceiling was measured for fp32");
  for (const CeilingRecord& one : {arithmetic, there, back}) ceilings.add(one);
  const Share share = share_of_ceiling(ceilings, row, 0);
  CHECK(share.bound == "link");
  CHECK(share.binding->name == "host_to_device");
  CHECK(*share.of_device == Approx(8e4 / 1e8 / 1e-3));  // A and B are sent
  row.mode = "latency";
  CHECK(share_of_ceiling(ceilings, row, 0).bound == "compute");
  row.flops_executed.reset();
  const Share none = share_of_ceiling(ceilings, row, 0);
  CHECK_FALSE(none.of_device);
  CHECK_FALSE(none.of_backend);
  CHECK(none.why == "no share of a limit: other operations stand for those of fp32");
}

}  // namespace gemmark
