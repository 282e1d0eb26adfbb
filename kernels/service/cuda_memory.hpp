// A GPU's memory, and the host's that a GPU copies from and to at full speed. Where there is none left they
// throw std::bad_alloc, as the host's does.
#pragma once

#include <cstdint>
#include <new>

#include "kernels/api/device.hpp"
#include "kernels/service/cuda_check.hpp"

namespace gemmark {

class CudaMemory final : public Memory {
 public:
  explicit CudaMemory(std::int64_t bytes) : bytes_(bytes) {
    const cudaError_t error = cudaMalloc(&base_, static_cast<std::size_t>(bytes) + alignment);
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      throw std::bad_alloc();
    }
    GEMMARK_CUDA_CHECK(error);
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
    if (cudaHostAlloc(&data_, static_cast<std::size_t>(bytes), cudaHostAllocDefault) == cudaSuccess) return;
    cudaGetLastError();
    throw std::bad_alloc();
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
