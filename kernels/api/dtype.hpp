// How one element is stored. What a product computes with is a Precision (precision.hpp).
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace gemmark {

enum class Dtype : std::uint8_t { f64, f32, f16, bf16, e4m3, e5m2, s32, s8, s4, w4 };

/// One row a Dtype, in the order of the enumeration.
/// s4 and w4 lie two in a byte, the lower half first; packed4.hpp says how, and what w4's scales are.
/// `mantissa_bits` are the stored ones; `unit_roundoff` is 2^-(mantissa_bits + 1), and 0 for integers.
struct DtypeInfo {
  std::string_view name;
  int bits;
  int exponent_bits;
  int mantissa_bits;
  double unit_roundoff;
};

inline constexpr std::array<DtypeInfo, 10> dtype_table{{
    {"fp64", 64, 11, 52, 0x1p-53},
    {"fp32", 32, 8, 23, 0x1p-24},
    {"fp16", 16, 5, 10, 0x1p-11},
    {"bf16", 16, 8, 7, 0x1p-8},
    {"e4m3", 8, 4, 3, 0x1p-4},
    {"e5m2", 8, 5, 2, 0x1p-3},
    {"s32", 32, 0, 31, 0},
    {"s8", 8, 0, 7, 0},
    {"s4", 4, 0, 3, 0},
    {"w4", 4, 0, 3, 0},
}};

constexpr const DtypeInfo& info(Dtype dtype) {
  const auto index = static_cast<std::size_t>(dtype);
  // There is no Dtype behind the table's end. GCC 12 takes the value that a switch does not name for one, and
  // warns of an index out of bounds.
  if (index >= dtype_table.size()) __builtin_unreachable();
  return dtype_table[index];
}
constexpr std::string_view name(Dtype dtype) { return info(dtype).name; }
constexpr bool is_integer(Dtype dtype) { return info(dtype).exponent_bits == 0; }
/// What rounding to nearest costs at most below the smallest normal number; 0 for integers.
inline double subnormal_roundoff(Dtype dtype) {
  const DtypeInfo& type = info(dtype);
  return is_integer(dtype) ? 0 : std::ldexp(1, 1 - (1 << (type.exponent_bits - 1)) - type.mantissa_bits);
}
/// The largest finite number.
inline double largest(Dtype dtype) {
  const DtypeInfo& type = info(dtype);
  if (is_integer(dtype)) return std::ldexp(1, type.mantissa_bits) - 1;
  if (dtype == Dtype::e4m3) return 448;
  return std::ldexp(2 - std::ldexp(1, -type.mantissa_bits), (1 << (type.exponent_bits - 1)) - 1);
}
constexpr bool is_packed(Dtype dtype) { return info(dtype).bits < 8; }

/// w4: signed 4-bit integers, `group` of which share an fp16 scale. A block is the halves of its elements,
/// then the scales of its groups, so that it fills whole sectors of 32 bytes.
struct W4 {
  static constexpr std::int64_t group = 128, block = 2048;
  static constexpr std::int64_t scales_at = block / 2, block_bytes = scales_at + block / group * 2;
};
/// A row has room for a multiple of so many elements.
constexpr std::int64_t row_granule(Dtype dtype) {
  return dtype == Dtype::w4 ? W4::block : dtype == Dtype::s4 ? 2 : 1;
}
/// Bytes that `count` consecutive elements take, from the start of a row.
constexpr std::int64_t storage_bytes(Dtype dtype, std::int64_t count) {
  if (dtype == Dtype::w4) return (count + W4::block - 1) / W4::block * W4::block_bytes;
  return (count * info(dtype).bits + 7) / 8;
}

/// The nearest value (ties to even) of a float narrower than fp32, as its bits.
/// bf16, fp16 and e5m2 follow IEEE 754, overflow giving infinity; e4m3 is OCP's (no infinity, largest 448),
/// and overflow gives NaN there. Source of the formats: OCP 8-bit Floating Point Specification, revision 1.0.
constexpr std::uint32_t encode_float(Dtype dtype, double value) {
  const int mantissa = info(dtype).mantissa_bits;
  const int exponent_bits = info(dtype).exponent_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const bool ocp = dtype == Dtype::e4m3;
  const std::uint32_t top = ((1u << exponent_bits) - 1) << mantissa;  // exponent all ones
  const std::uint32_t infinity = ocp ? (top | ((1u << mantissa) - 1)) : top;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint32_t>(bits >> 63) << (mantissa + exponent_bits);
  const std::uint64_t magnitude = bits & ~(1ull << 63);
  if (magnitude > 0x7ff0000000000000ull) return sign | top | ((1u << mantissa) - 1);
  if (magnitude == 0x7ff0000000000000ull) return sign | infinity;

  int exponent = static_cast<int>(magnitude >> 52) - 1023;
  std::uint64_t significand = (magnitude & ((1ull << 52) - 1)) | (magnitude >> 52 ? 1ull << 52 : 0);
  const int smallest = 1 - bias;
  int drop = 52 - mantissa;  // how many low bits of the significand do not fit
  if (exponent < smallest) {
    drop += smallest - exponent;
    exponent = smallest;
  }
  if (drop > 62) return sign;
  const std::uint64_t half = 1ull << (drop - 1);
  const std::uint64_t rest = significand & ((half << 1) - 1);
  significand >>= drop;
  if (rest > half || (rest == half && (significand & 1))) ++significand;
  // A subnormal has no implicit bit; adding the whole significand lets a carry move into the exponent.
  const auto result =
      static_cast<std::uint32_t>((static_cast<std::uint64_t>(exponent + bias - 1) << mantissa) + significand);
  return sign | (result >= infinity ? infinity : result);
}

/// The value of the bits of a float narrower than fp32 (the inverse of encode_float).
constexpr double decode_float(Dtype dtype, std::uint32_t bits) {
  const int mantissa = info(dtype).mantissa_bits;
  const int exponent_bits = info(dtype).exponent_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const std::uint64_t sign = static_cast<std::uint64_t>((bits >> (mantissa + exponent_bits)) & 1) << 63;
  const std::uint32_t all_ones = (1u << exponent_bits) - 1;
  const std::uint32_t exponent = (bits >> mantissa) & all_ones;
  const std::uint32_t fraction = bits & ((1u << mantissa) - 1);
  const bool ocp = dtype == Dtype::e4m3;
  if (exponent == all_ones && (!ocp || fraction == (1u << mantissa) - 1)) {
    const std::uint64_t nan = 0x7ff8000000000000ull;
    return std::bit_cast<double>(sign | (fraction != 0 ? nan : 0x7ff0000000000000ull));
  }
  const auto scale = [](int power) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(power + 1023) << 52);
  };
  const double value =
      exponent == 0 ? fraction * scale(1 - bias - mantissa)
                    : (fraction + (1u << mantissa)) * scale(static_cast<int>(exponent) - bias - mantissa);
  return sign != 0 ? -value : value;
}

}  // namespace gemmark
