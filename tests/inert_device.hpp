// A device that says what it is and can do nothing, for tests that ask no more of it.
#pragma once

#include <stdexcept>

#include "kernels/api/device.hpp"

namespace gemmark::testing {

class InertDevice : public Device {
 public:
  const DeviceInfo& info() const override { return info_; }
  std::unique_ptr<Memory> allocate(std::int64_t) override { throw std::logic_error("asked for memory"); }
  void write(std::byte*, const void*, std::int64_t) override {}
  void read(void*, const std::byte*, std::int64_t) override {}
  void copy(std::byte*, const std::byte*, std::int64_t) override {}
  std::int64_t free_bytes() override { return 0; }
  void settle(int) override {}
  void evict(std::byte*, std::int64_t) override {}
  double time(Mode, int, const std::function<void(int)>&) override { return 0; }

 protected:
  DeviceInfo info_;
};

}  // namespace gemmark::testing
