#include <thread>

#include "harness/instruments.hpp"
#include "tests/catch.hpp"
#include "tests/inert_device.hpp"

using namespace gemmark;

namespace {

/// A device that has instruments and nothing else.
class Gauge final : public gemmark::testing::InertDevice {
 public:
  Sensors next{};
  bool has_sensors = true;
  std::optional<Sensors> sensors() override {
    if (!has_sensors) return std::nullopt;
    return next;
  }
};

void wait(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

}  // namespace

TEST_CASE("clocks are medians of readings that are far enough apart") {
  Gauge gauge;
  Instruments instruments;
  for (const double mhz : {1980, 1755, 1700}) {
    gauge.next = {.clock_mhz = mhz, .temperature_c = mhz / 40, .throttle = {"power-cap"}};
    for (int i = 0; i < 100; ++i) instruments.after_call(gauge);  // one of them reads
    wait(0.06);
  }
  ResultRecord record;
  instruments.fill_in(record);
  CHECK(record.clock_mhz == 1755);
  CHECK(record.temperature_c == 49.5);
  CHECK_FALSE(record.memory_clock_mhz);
  CHECK(record.throttle == "power-cap");
  CHECK(instruments.distress().empty());  // the power cap is how a GPU works
  CHECK_FALSE(record.energy_j);
  CHECK_FALSE(record.power_w);
}

TEST_CASE("what cooling and supply cannot bear is told") {
  Gauge gauge;
  Instruments instruments;
  gauge.next = {.throttle = {"heat", "power-cap"}, .distressed = true};
  instruments.after_call(gauge);
  CHECK(instruments.distress() == "heat, power-cap");
}

TEST_CASE("energy and power are of blocks without a pause, over a second at least") {
  const Stopwatch whole;
  Gauge gauge;
  Instruments instruments;
  ResultRecord record;
  for (int block = 0; block < 5; ++block) {
    gauge.next.energy_j = 1000;
    instruments.begin_block(gauge);
    instruments.fill_in(record);
    CHECK_FALSE(record.energy_j);  // not yet
    CHECK_FALSE(record.power_w);
    wait(0.21);
    gauge.next.energy_j = 1100;
    instruments.end_block(gauge, 50);
  }
  instruments.fill_in(record);
  REQUIRE(record.energy_j);
  CHECK(*record.energy_j == Approx(2));  // 100 J over 50 calls
  REQUIRE(record.power_w);
  CHECK(*record.power_w <= 100 / 0.21);
  CHECK(*record.power_w >= 500 / whole.seconds());
}

TEST_CASE("a device without instruments costs nothing and says nothing") {
  Gauge gauge;
  gauge.has_sensors = false;
  Instruments instruments;
  instruments.begin_block(gauge);
  instruments.after_call(gauge);
  instruments.end_block(gauge, 1);
  ResultRecord record;
  instruments.fill_in(record);
  CHECK_FALSE(record.clock_mhz);
  CHECK(record.throttle.empty());
}
