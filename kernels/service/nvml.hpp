// NVIDIA's management library, loaded when the program runs: clocks, temperature, energy and why the clocks
// are low. Its meter of power averages over a second on recent GPUs, longer than a row's turn: energy tells.
// The few declarations are our own, after NVML's public interface (NVML API reference, "Device Queries"), so
// that neither its header nor the library need be there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "kernels/api/device.hpp"
#include "kernels/api/library.hpp"

namespace gemmark {

class Nvml {
 public:
  static constexpr const char* soname = "libnvidia-ml.so.1";

  /// The GPU at that place of the PCI bus ("0000:1b:00.0"). Throws LibraryError where the library or the GPU
  /// is not there. The library is never shut down: it counts its users, and the process ends soon.
  explicit Nvml(const std::string& pci_bus_id, const std::string& library = soname)
      : library_(Library::open(library)) {
    check(library_.function<Status()>("nvmlInit_v2")(), "nvmlInit_v2");
    const auto find = library_.function<Status(const char*, void**)>("nvmlDeviceGetHandleByPciBusId_v2");
    check(find(pci_bus_id.c_str(), &gpu_), "nvmlDeviceGetHandleByPciBusId_v2");
    clock_ = optional<Status(void*, int, unsigned*)>("nvmlDeviceGetClockInfo");
    temperature_ = optional<Status(void*, int, unsigned*)>("nvmlDeviceGetTemperature");
    energy_ = optional<Status(void*, unsigned long long*)>("nvmlDeviceGetTotalEnergyConsumption");
    reasons_ = optional<Status(void*, unsigned long long*)>("nvmlDeviceGetCurrentClocksEventReasons");
    if (reasons_ == nullptr)  // its name before driver 535
      reasons_ = optional<Status(void*, unsigned long long*)>("nvmlDeviceGetCurrentClocksThrottleReasons");
    limit_ = optional<Status(void*, unsigned*)>("nvmlDeviceGetEnforcedPowerLimit");
  }

  Sensors read() const {
    constexpr int sm_clock = 1, memory_clock = 2, gpu_temperature = 0;
    constexpr double milli = 1e-3;
    Sensors now;
    now.clock_mhz = value<unsigned>([&](unsigned* to) { return clock_(gpu_, sm_clock, to); }, clock_);
    now.memory_clock_mhz =
        value<unsigned>([&](unsigned* to) { return clock_(gpu_, memory_clock, to); }, clock_);
    now.temperature_c =
        value<unsigned>([&](unsigned* to) { return temperature_(gpu_, gpu_temperature, to); }, temperature_);
    now.energy_j =
        value<unsigned long long>([&](unsigned long long* to) { return energy_(gpu_, to); }, energy_, milli);
    unsigned long long active = 0;
    if (reasons_ == nullptr || reasons_(gpu_, &active) != 0) return now;
    for (const Reason& reason : reasons)
      if (active & reason.bit) {
        now.throttle.emplace_back(reason.name);
        now.distressed = now.distressed || reason.distress;
      }
    return now;
  }

  /// Watts at which the clocks are lowered.
  std::optional<double> power_limit_w() const {
    return value<unsigned>([&](unsigned* to) { return limit_(gpu_, to); }, limit_, 1e-3);
  }

 private:
  using Status = int;
  struct Reason {
    unsigned long long bit;
    const char* name;
    bool distress;
  };
  // The power cap is how a GPU works under full load. An idle one (bit 0) is not throttled.
  static constexpr std::array<Reason, 7> reasons{{{0x2, "clock-setting", false},
                                                  {0x4, "power-cap", false},
                                                  {0x8, "hardware-slowdown", true},
                                                  {0x10, "sync-boost", false},
                                                  {0x20, "heat", true},
                                                  {0x40, "hardware-heat", true},
                                                  {0x80, "power-brake", true}}};

  void check(Status status, const char* call) const {
    if (status == 0) return;
    throw LibraryError(library_.path() + ": " + call + " failed with code " + std::to_string(status));
  }
  template <class Function>
  Function* optional(const char* name) const {
    return reinterpret_cast<Function*>(library_.optional_symbol(name));
  }
  template <class Raw, class Read, class Function>
  static std::optional<double> value(Read read, Function* function, double unit = 1) {
    Raw raw = 0;
    if (function == nullptr || read(&raw) != 0) return std::nullopt;
    return static_cast<double>(raw) * unit;
  }

  Library library_;
  void* gpu_ = nullptr;
  Status (*clock_)(void*, int, unsigned*) = nullptr;
  Status (*temperature_)(void*, int, unsigned*) = nullptr;
  Status (*energy_)(void*, unsigned long long*) = nullptr;
  Status (*reasons_)(void*, unsigned long long*) = nullptr;
  Status (*limit_)(void*, unsigned*) = nullptr;
};

}  // namespace gemmark
