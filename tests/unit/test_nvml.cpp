#include "kernels/service/nvml.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

TEST_CASE("NVML is read through its own functions, and what it lacks is nothing") {
  const Nvml nvml("0000:1b:00.0", GEMMARK_FAKE_NVML);
  const Sensors first = nvml.read();
  CHECK(first.clock_mhz == 1755);
  CHECK_FALSE(first.memory_clock_mhz);  // the call fails
  CHECK_FALSE(first.temperature_c);     // there is no such function
  CHECK(first.throttle == std::vector<std::string>{"power-cap"});
  CHECK_FALSE(first.distressed);
  CHECK(*nvml.read().energy_j - *first.energy_j == Approx(1));
  CHECK(*nvml.power_limit_w() == Approx(700));
}

TEST_CASE("no NVML, and no such GPU, are refusals with a reason") {
  CHECK_THROWS_WITH(Nvml("0000:1b:00.0", "libnvidia-ml-that-is-not-here.so.1"),
                    ContainsSubstring("libnvidia-ml-that-is-not-here.so.1 not found"));
  CHECK_THROWS_WITH(Nvml("0000:ff:00.0", GEMMARK_FAKE_NVML),
                    ContainsSubstring("nvmlDeviceGetHandleByPciBusId_v2 failed with code 6"));
}
