// A management library as small as the functions that kernels/service/nvml.hpp asks for, with one GPU at
// 0000:1b:00.0 that is under its power cap. It knows the throttle reasons by their older name only,
// and no memory clock.
#include <cstring>

namespace {
int gpu;
unsigned long long millijoules = 5'000'000;
constexpr int fine = 0, not_found = 6, not_supported = 3;
}  // namespace

extern "C" {
int nvmlInit_v2() { return fine; }
int nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, void** handle) {
  *handle = &gpu;
  return std::strcmp(bus_id, "0000:1b:00.0") == 0 ? fine : not_found;
}
int nvmlDeviceGetClockInfo(void*, int which, unsigned* mhz) {
  *mhz = 1755;
  return which == 1 ? fine : not_supported;
}
int nvmlDeviceGetEnforcedPowerLimit(void*, unsigned* milliwatts) { return *milliwatts = 700'000, fine; }
int nvmlDeviceGetTotalEnergyConsumption(void*, unsigned long long* energy) {
  return *energy = millijoules += 1000, fine;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons) {
  return *reasons = 0x1 | 0x4, fine;
}
}
