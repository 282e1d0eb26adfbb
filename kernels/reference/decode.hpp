// Reads stored elements of any type as doubles, exactly.
//
// decode_run<D>() converts what a packing loop walks over: `count` elements, `stride` apart. It is a template
// over the type so that the loop around it has no branch on the type.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/api/dtype.hpp"

namespace gemmark {

template <Dtype D>
inline double decode_element(const std::byte* base, std::int64_t index) {
  const auto at = [&]<class T>(T) { return reinterpret_cast<const T*>(base)[index]; };
  if constexpr (D == Dtype::f64) return at(double{});
  if constexpr (D == Dtype::f32) return at(float{});
  if constexpr (D == Dtype::s8) return at(std::int8_t{});
  if constexpr (D == Dtype::s32) return at(std::int32_t{});
  if constexpr (D == Dtype::bf16)
    return std::bit_cast<float>(static_cast<std::uint32_t>(at(std::uint16_t{})) << 16);
  if constexpr (D == Dtype::f16) {
    // The bits of fp16, moved into place, are an fp32 too small by 2^112, subnormals included.
    const std::uint32_t bits = at(std::uint16_t{});
    const float magnitude = std::bit_cast<float>((bits & 0x7fffu) << 13) * 0x1p112f;
    const std::uint32_t special = (bits & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | special | (bits & 0x8000u) << 16);
  }
  if constexpr (D == Dtype::e4m3 || D == Dtype::e5m2) {
    static constexpr auto table = [] {
      std::array<double, 256> values{};
      for (std::uint32_t bits = 0; bits < 256; ++bits) values[bits] = decode_float(D, bits);
      return values;
    }();
    return table[at(std::uint8_t{})];
  }
}

template <Dtype D>
void decode_run(const std::byte* base, std::int64_t first, std::int64_t stride, std::int64_t count,
                double* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = decode_element<D>(base, first + i * stride);
}

using DecodeRun = void (*)(const std::byte* base, std::int64_t first, std::int64_t stride, std::int64_t count,
                           double* to);

/// The run of a type, or null where elements are not bytes of their own.
inline DecodeRun decode_run_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return decode_run<Dtype::f64>;
    case Dtype::f32:
      return decode_run<Dtype::f32>;
    case Dtype::f16:
      return decode_run<Dtype::f16>;
    case Dtype::bf16:
      return decode_run<Dtype::bf16>;
    case Dtype::e4m3:
      return decode_run<Dtype::e4m3>;
    case Dtype::e5m2:
      return decode_run<Dtype::e5m2>;
    case Dtype::s32:
      return decode_run<Dtype::s32>;
    case Dtype::s8:
      return decode_run<Dtype::s8>;
    case Dtype::s4:
    case Dtype::w4:
      break;
  }
  return nullptr;
}

}  // namespace gemmark
