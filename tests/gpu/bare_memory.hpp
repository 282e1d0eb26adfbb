// A GPU whose buffers are allocations of their own size, so that a memory checker sees a read or write past
// any of them. Up to a multiple of 16 bytes: of a cp.async whose last bytes are masked out, which reads no
// more than what is left, memcheck reports a read of all 16.
#pragma once

#include <cuda_runtime.h>

#include <new>

#include "tests/kernels/forwarding_device.hpp"

namespace gemmark::testing {

class BareMemory final : public Memory {
 public:
  explicit BareMemory(std::int64_t bytes) : bytes_(bytes) {
    const auto granules = static_cast<std::size_t>(bytes + 15) / 16 * 16;
    if (cudaMalloc(&data_, granules) != cudaSuccess) throw std::bad_alloc();
    cudaMemset(data_, 0xff, granules);  // or what is masked out would count as read before it was written
    cudaDeviceSynchronize();            // it is no part of the device's queue
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
