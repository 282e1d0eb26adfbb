// A GPU's memory, and the host's that a GPU copies from and to at full speed. Where there is none left they
// throw std::bad_alloc, as the host's does.
#pragma once

#include <cstdint>
#include <new>

#include "kernels/api/device.hpp"
#include "kernels/service/cuda_check.hpp"

namespace gemmark {

inline void allocation_check(cudaError_t error, const char* call, const char* file, int line) {
  if (error != cudaErrorMemoryAllocation) return cuda_check(error, call, file, line);
  cudaGetLastError();
  throw std::bad_alloc();
}
#define GEMMARK_ALLOCATION_CHECK(call) ::gemmark::allocation_check((call), #call, __FILE__, __LINE__)

class CudaMemory final : public Memory {
 public:
  explicit CudaMemory(std::int64_t bytes) : bytes_(bytes) {
    GEMMARK_ALLOCATION_CHECK(cudaMalloc(&base_, static_cast<std::size_t>(bytes) + alignment));
    const auto address = reinterpret_cast<std::uintptr_t>(base_);
    data_ = static_cast<std::byte*>(base_) + (alignment - address % alignment) % alignment;
  }
  ~CudaMemory() override { cudaFree(base_); }
  CudaMemory(const CudaMemory&) = delete;
  CudaMemory& operator=(const CudaMemory&) = delete;

  std::byte* data() const override { return data_; }
  std::int64_t bytes() const override { return bytes_; }

 private:
  static constexpr std::size_t alignment = 4096;
  std::int64_t bytes_;
  void* base_ = nullptr;
  std::byte* data_ = nullptr;
};

class PinnedMemory final : public Memory {
 public:
  explicit PinnedMemory(std::int64_t bytes) : bytes_(bytes) {
    GEMMARK_ALLOCATION_CHECK(cudaHostAlloc(&data_, static_cast<std::size_t>(bytes), cudaHostAllocDefault));
  }
  ~PinnedMemory() override { cudaFreeHost(data_); }
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  std::byte* data() const override { return static_cast<std::byte*>(data_); }
  std::int64_t bytes() const override { return bytes_; }

 private:
  std::int64_t bytes_;
  void* data_ = nullptr;
};

}  // namespace gemmark
