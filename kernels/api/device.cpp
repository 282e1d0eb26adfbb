#include "kernels/api/device.hpp"

#include <algorithm>
#include <cstdint>

namespace gemmark {

void Device::set(std::byte* to, std::byte value, std::int64_t bytes) {
  constexpr std::int64_t chunk_bytes = 16 << 20;
  const std::vector<std::byte> chunk(static_cast<std::size_t>(std::min(bytes, chunk_bytes)), value);
  for (std::int64_t at = 0; at < bytes; at += chunk_bytes)
    write(to + at, chunk.data(), std::min(chunk_bytes, bytes - at));
}

}  // namespace gemmark
