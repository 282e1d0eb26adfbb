#include "kernels/api/device.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

namespace gemmark {
namespace {

class PlainMemory final : public Memory {
 public:
  explicit PlainMemory(std::int64_t bytes)
      : bytes_(bytes), data_(new (alignment) std::byte[static_cast<std::size_t>(bytes)]) {}
  ~PlainMemory() override { operator delete[](data_, alignment); }
  PlainMemory(const PlainMemory&) = delete;
  PlainMemory& operator=(const PlainMemory&) = delete;
  std::byte* data() const override { return data_; }
  std::int64_t bytes() const override { return bytes_; }

 private:
  static constexpr std::align_val_t alignment{4096};
  std::int64_t bytes_;
  std::byte* data_;
};

}  // namespace

std::unique_ptr<Memory> Device::allocate_host(std::int64_t bytes) {
  return std::make_unique<PlainMemory>(bytes);
}

void Device::set(std::byte* to, std::byte value, std::int64_t bytes) {
  constexpr std::int64_t chunk_bytes = 16 << 20;
  const std::vector<std::byte> chunk(static_cast<std::size_t>(std::min(bytes, chunk_bytes)), value);
  for (std::int64_t at = 0; at < bytes; at += chunk_bytes)
    write(to + at, chunk.data(), std::min(chunk_bytes, bytes - at));
}

}  // namespace gemmark
