// A machine that others use too: what is waited for, and which samples count.
#include <functional>

#include "harness/contention.hpp"
#include "harness/prepare.hpp"
#include "harness/sample.hpp"
#include "kernels/service/contention.hpp"
#include "tests/catch.hpp"
#include "tests/harness/fakes.hpp"
#include "tests/kernels/forwarding_device.hpp"

using namespace gemmark;
using gemmark::testing::Bench;

namespace {

// The host, with neighbours to order.
class SharedHost final : public gemmark::testing::ForwardingDevice {
 public:
  SharedHost(Device& host, std::function<double()> neighbours)
      : ForwardingDevice(host), neighbours_(std::move(neighbours)) {}
  double contention(int) override { return neighbours_(); }

 private:
  std::function<double()> neighbours_;
};

// Samples one right kernel for a while.
Samples sampled_beside(const std::function<double()>& neighbours, Mode mode, int threads = 1) {
  Bench bench;
  bench.lab.options.time_limit_s = 0.01;
  bench.lab.options.patience_s = 0.01;
  SharedHost device(bench.lab.device("host"), neighbours);
  const Kernel kernel = gemmark::testing::fake_kernel(
      "right", [](const Gemm& gemm, const Operands& operands) { gemmark::testing::right(gemm, operands); });
  Group group{parse_problem("gemm m=24 n=20 k=16 in=fp32")};
  Unit unit;
  unit.device = "host";
  unit.mode = mode;
  Row row{0, &kernel, &group};
  row.record = blank_record({to_text(group.problem), kernel.name, threads}, unit, kernel, bench.lab.options);
  const auto checker = bench.lab.registry.checker(device);
  prepare_group(bench.lab, device, *checker, group, {&row});
  REQUIRE_FALSE(row.over);
  sample_rows(bench.lab, device, mode, {&row}, [](Row&) {});
  return row.samples;
}

// Two right kernels on one problem; `crowded` says for each call which of them it is and whether neighbours
// are there.
std::vector<ResultRecord> compared_beside(const std::function<bool(bool is_second)>& crowded) {
  const Bench bench;  // has registered the oracle
  bool neighbours = false;
  Registry registry;
  for (const bool second : {false, true})
    registry.add({"gemm/fake", "fake"},
                 gemmark::testing::fake_kernel(second ? "second" : "first",
                                               [&, second](const Gemm& gemm, const Operands& operands) {
                                                 neighbours = crowded(second);
                                                 gemmark::testing::right(gemm, operands);
                                               }));
  for (const Oracle& oracle : Registry::global().oracles()) registry.add({"reference/any", ""}, oracle);
  registry.add({"service/checker", ""},
               CheckerFactory{"host", [](Device& device) { return Registry::global().checker(device); }});
  registry.add({"service/host", ""}, DeviceFactory{"host", [&](std::string&) {
                                                     std::vector<std::unique_ptr<Device>> devices;
                                                     devices.push_back(std::make_unique<SharedHost>(
                                                         *Registry::global().devices().front(),
                                                         [&] { return neighbours ? 1.5 : 1.0; }));
                                                     return devices;
                                                   }});
  Lab lab{registry, {}};
  lab.options.ceilings = CeilingPolicy::off;
  lab.options.time_limit_s = 0.05;
  lab.options.patience_s = 0;
  lab.options.target = 0;
  lab.oracle_flops_per_s = bench.lab.oracle_flops_per_s;
  std::vector<ResultRecord> records;
  lab.on_result = [&](const ResultRecord& record) { records.push_back(record); };
  const std::string problem = "gemm m=24 n=20 k=16 in=fp32";
  measure_unit(
      lab,
      {"", "host", Mode::cold, 1, {{problem, "gemm/fake[first]", 1}, {problem, "gemm/fake[second]", 1}}});
  return records;
}

}  // namespace

TEST_CASE("a processor alone reads the lowest value that comes again and again") {
  Alone alone;
  for (int i = 0; i < 100; ++i) alone.add(1.4 + 0.01 * i);
  for (int i = 0; i < 10; ++i) alone.add(0.8 + 0.0001 * i);
  for (const double fluke : {0.5, 0.6, 0.7}) alone.add(fluke);
  CHECK(alone.value() == Approx(0.8));
}

TEST_CASE("a wait for neighbours ends when they leave, and when patience does") {
  Bench bench;
  int readings_left = 5;
  SharedHost leaving(bench.lab.device("host"), [&] { return --readings_left > 0 ? 1.5 : 1.0; });
  double patience_s = 60;
  CHECK_FALSE(wait_alone(leaving, 1, patience_s));
  CHECK(readings_left == 0);
  CHECK(patience_s < 60);

  SharedHost staying(bench.lab.device("host"), [] { return 1.5; });
  patience_s = 0.01;
  CHECK(wait_alone(staying, 1, patience_s));
  CHECK(patience_s <= 0);
}

TEST_CASE("samples beside a neighbour are set aside") {
  const Mode mode = GENERATE(Mode::cold, Mode::hot, Mode::latency);
  int reading = 0;
  const Samples some = sampled_beside([&] { return reading++ % 5 == 1 ? 1.5 : 1.0; }, mode);
  CHECK_FALSE(some.alone().empty());
  CHECK_FALSE(some.contended().empty());

  CHECK(sampled_beside([] { return 1.0; }, mode).contended().empty());
}

TEST_CASE("with several threads a whole turn lies between two readings") {
  int readings = 0;
  const Samples some = sampled_beside([&] { return ++readings == 2 ? 1.5 : 1.0; }, Mode::cold, 2);
  CHECK(some.contended().size() > 1);  // those of the first turn, which the second reading ended
  CHECK_FALSE(some.alone().empty());
  CHECK(some.size() > static_cast<std::size_t>(2 * readings));
}

TEST_CASE("sampling ends beside a neighbour who never leaves") {
  const Samples all = sampled_beside([] { return 1.5; }, Mode::cold);
  CHECK(all.alone().empty());
  CHECK(all.size() >= 3);
}

TEST_CASE("rows of a problem are compared alone, or all as they came") {
  int call = 0;
  for (const ResultRecord& record : compared_beside([&](bool) { return call++ % 7 == 0; })) {
    CHECK(record.status == "ok");
    CHECK_FALSE(record.contended_s.empty());
    CHECK(record.why.find("somebody else") == std::string::npos);
  }
  const auto records = compared_beside([&](bool is_second) { return is_second; });
  REQUIRE(records.size() == 2);
  for (const ResultRecord& record : records) {
    CHECK(record.status == "ok");
    CHECK(record.contended_s.empty());
    CHECK_THAT(record.why, ContainsSubstring("somebody else used the processors during"));
  }
}
