// A device that hands everything on to another, for tests that change one thing about it.
#pragma once

#include "kernels/api/device.hpp"

namespace gemmark::testing {

class ForwardingDevice : public Device {
 public:
  explicit ForwardingDevice(Device& real) : real_(real) {}
  const DeviceInfo& info() const override { return real_.info(); }
  std::unique_ptr<Memory> allocate(std::int64_t bytes) override { return real_.allocate(bytes); }
  void write(std::byte* to, const void* from, std::int64_t bytes) override { real_.write(to, from, bytes); }
  void read(void* to, const std::byte* from, std::int64_t bytes) override { real_.read(to, from, bytes); }
  void copy(std::byte* to, const std::byte* from, std::int64_t n) override { real_.copy(to, from, n); }
  void set(std::byte* to, std::byte value, std::int64_t bytes) override { real_.set(to, value, bytes); }
  std::int64_t free_bytes() override { return real_.free_bytes(); }
  Queue queue() override { return real_.queue(); }
  void synchronize() override { real_.synchronize(); }
  void settle(int threads) override { real_.settle(threads); }
  void evict(std::byte* from, std::int64_t bytes) override { real_.evict(from, bytes); }
  double time(Mode mode, int calls, const std::function<void(int)>& enqueue) override {
    return real_.time(mode, calls, enqueue);
  }

 private:
  Device& real_;
};

/// A host with cache sizes of our choice, so that small problems cross the edges of every block.
class FakeHost final : public ForwardingDevice {
 public:
  FakeHost(Device& real, std::vector<Cache> caches) : ForwardingDevice(real), info_(real.info()) {
    info_.caches = std::move(caches);
  }
  const DeviceInfo& info() const override { return info_; }

 private:
  DeviceInfo info_;
};

}  // namespace gemmark::testing
