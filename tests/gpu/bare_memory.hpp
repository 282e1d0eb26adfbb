// A GPU whose buffers are allocations of exactly their size, so that a memory checker sees a read or write
// past any of them.
#pragma once

#include <cuda_runtime.h>

#include <new>

#include "tests/kernels/forwarding_device.hpp"

namespace gemmark::testing {

class BareMemory final : public Memory {
 public:
  explicit BareMemory(std::int64_t bytes) : bytes_(bytes) {
    if (cudaMalloc(&data_, static_cast<std::size_t>(bytes)) != cudaSuccess) throw std::bad_alloc();
  }
  ~BareMemory() override { cudaFree(data_); }
  BareMemory(const BareMemory&) = delete;
  BareMemory& operator=(const BareMemory&) = delete;
  std::byte* data() const override { return static_cast<std::byte*>(data_); }
  std::int64_t bytes() const override { return bytes_; }

 private:
  void* data_ = nullptr;
  std::int64_t bytes_;
};

class BareMemoryDevice final : public ForwardingDevice {
 public:
  using ForwardingDevice::ForwardingDevice;
  std::unique_ptr<Memory> allocate(std::int64_t bytes) override {
    return std::make_unique<BareMemory>(bytes);
  }
};

}  // namespace gemmark::testing
