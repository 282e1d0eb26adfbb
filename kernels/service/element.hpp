// One stored element and its value: how the services on the host read and write every Dtype.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "kernels/api/dtype.hpp"

namespace gemmark {

/// Floats and doubles, whose value is what is stored.
template <class T>
struct PlainElement {
  using Stored = T;
  static double load(T stored) { return static_cast<double>(stored); }
  static T store(double value) { return static_cast<T>(value); }
  static T poison() { return std::numeric_limits<T>::quiet_NaN(); }
};

/// Integers. The poison is a value that no product of small integers comes near.
template <class T>
struct IntegerElement {
  using Stored = T;
  static double load(T stored) { return static_cast<double>(stored); }
  static T store(double value) {
    const double low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    return static_cast<T>(value < low ? low : value > high ? high : std::rint(value));
  }
  static T poison() { return std::numeric_limits<T>::min(); }
};

template <Dtype dtype, class T>
struct NarrowElement {
  using Stored = T;
  static double load(T stored) { return decode_float(dtype, stored); }
  static T store(double value) { return static_cast<T>(encode_float(dtype, value)); }
  static T poison() { return static_cast<T>(encode_float(dtype, std::numeric_limits<double>::quiet_NaN())); }
};

/// bf16 is the upper half of an fp32, which is quicker than the general way.
struct Bf16Element : NarrowElement<Dtype::bf16, std::uint16_t> {
  static double load(std::uint16_t stored) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(stored) << 16);
  }
};

/// Calls function(E{}) with the element type of `dtype`. Throws std::invalid_argument for types narrower than
/// a byte.
template <class Function>
void with_element(Dtype dtype, Function function) {
  switch (dtype) {
    case Dtype::f64:
      return function(PlainElement<double>{});
    case Dtype::f32:
      return function(PlainElement<float>{});
    case Dtype::f16:
      return function(NarrowElement<Dtype::f16, std::uint16_t>{});
    case Dtype::bf16:
      return function(Bf16Element{});
    case Dtype::e4m3:
      return function(NarrowElement<Dtype::e4m3, std::uint8_t>{});
    case Dtype::e5m2:
      return function(NarrowElement<Dtype::e5m2, std::uint8_t>{});
    case Dtype::s32:
      return function(IntegerElement<std::int32_t>{});
    case Dtype::s8:
      return function(IntegerElement<std::int8_t>{});
    case Dtype::s4:
    case Dtype::w4:
      break;
  }
  throw std::invalid_argument("the host's services do not handle elements narrower than a byte");
}

}  // namespace gemmark
