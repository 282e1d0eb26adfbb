// Single elements of stored matrices as values, on the host: for samples, not for whole matrices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/api/dtype.hpp"

namespace gemmark {

/// Calls action(stored) with a value of the type in which one element of `dtype` (8 bits or more) is stored.
template <class Action>
void with_stored(Dtype dtype, Action action) {
  switch (dtype) {
    case Dtype::f64:
      return action(double{});
    case Dtype::f32:
      return action(float{});
    case Dtype::s32:
      return action(std::int32_t{});
    case Dtype::s8:
      return action(std::int8_t{});
    case Dtype::f16:
    case Dtype::bf16:
      return action(std::uint16_t{});
    default:
      return action(std::uint8_t{});
  }
}

/// Rounds to nearest for floats narrower than fp32; integers must be given integers.
inline void store_value(Dtype dtype, std::byte* to, double value) {
  with_stored(dtype, [&](auto stored) {
    using T = decltype(stored);
    if constexpr (std::is_unsigned_v<T>)
      stored = static_cast<T>(encode_float(dtype, value));
    else
      stored = static_cast<T>(value);
    std::memcpy(to, &stored, sizeof stored);
  });
}

inline double load_value(Dtype dtype, const std::byte* from) {
  double value = 0;
  with_stored(dtype, [&](auto stored) {
    std::memcpy(&stored, from, sizeof stored);
    if constexpr (std::is_unsigned_v<decltype(stored)>)
      value = decode_float(dtype, stored);
    else
      value = static_cast<double>(stored);
  });
  return value;
}

}  // namespace gemmark
