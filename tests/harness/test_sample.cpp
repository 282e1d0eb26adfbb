// What comes before a sample.
#include "harness/oracles.hpp"
#include "harness/sample.hpp"
#include "tests/catch.hpp"
#include "tests/harness/fakes.hpp"
#include "tests/kernels/forwarding_device.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

/// Cannot tell what its first call takes.
class Surprised final : public ForwardingDevice {
 public:
  using ForwardingDevice::ForwardingDevice;
  void evict(std::byte* from, std::int64_t bytes) override {
    ++evictions;
    ForwardingDevice::evict(from, bytes);
  }
  double time(Mode mode, int calls, const std::function<void(int)>& enqueue) override {
    evictions_before.push_back(evictions);
    const double seconds = ForwardingDevice::time(mode, calls, enqueue);
    if (evictions_before.size() == 1) throw NotTimed("it was not ready");
    return seconds;
  }

  int evictions = 0;
  std::vector<int> evictions_before;
};

}  // namespace

TEST_CASE("a cold call that could not be timed is made cold again") {
  Bench bench;
  Surprised device(bench.lab.device("host"));
  const Kernel kernel = fake_kernel("cold", [](const Gemm& g, const Operands& o) { right(g, o); });
  Group group{parse_problem("gemm m=24 n=20 k=16 in=fp32")};
  const auto& problem = std::get<Gemm>(group.problem);
  const auto checker = bench.lab.registry.checker(device);
  group.sets = std::make_unique<OperandSets>(device, problem, 1);
  group.verifier = std::make_unique<Verifier>(
      device, *checker, *find_oracle(bench.lab.registry, problem, device), problem, *group.sets, 1e12, 1);
  Row row{0, &kernel, &group};
  row.record.threads = 1;
  row.plans.push_back(kernel.plan({.problem = group.problem, .device = device}));
  row.workspace = std::make_unique<Workspace>(device, 0);
  sample_rows(bench.lab, device, Mode::cold, {&row}, [](Row&) {});
  INFO(row.record.why);
  CHECK(row.record.status.empty());
  CHECK(row.samples.size() + 1 == device.evictions_before.size());
  REQUIRE(device.evictions_before.size() >= 2);
  CHECK(device.evictions_before[0] > 0);
  CHECK(device.evictions_before[1] == 2 * device.evictions_before[0]);
}
