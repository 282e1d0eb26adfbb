// What a product computes with: the stored types of its operands, its accumulator and its output.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/api/dtype.hpp"

namespace gemmark {

enum class Precision : std::uint8_t {
  fp64,
  fp32,
  tf32,
  fp16,
  fp16acc16,
  bf16,
  fp8,
  fp8e5m2,
  int8,
  int4,
  w4a16,
  w8a16
};

/// One row a Precision, in the order of the enumeration.
/// `accumulator_roundoff` is u_acc of the verification rule: 2^-24 for fp32, 2^-22 where Tensor cores may
/// truncate, 0 where the accumulator is exact. `operand_roundoff` is u_in: what of an operand may be lost
/// before it is multiplied. `summary` is what a reader sees in `gemmark list`.
struct PrecisionInfo {
  std::string_view name;
  Dtype a;
  Dtype b;
  Dtype out;
  double accumulator_roundoff;
  double operand_roundoff;
  std::string_view summary;
};

inline constexpr std::array<PrecisionInfo, 12> precision_table{{
    {"fp64", Dtype::f64, Dtype::f64, Dtype::f64, 0x1p-53, 0, "64-bit float throughout"},
    {"fp32", Dtype::f32, Dtype::f32, Dtype::f32, 0x1p-24, 0, "32-bit float throughout"},
    {"tf32", Dtype::f32, Dtype::f32, Dtype::f32, 0x1p-22, 0x1p-10,
     "fp32 operands rounded to 10 mantissa bits"},
    {"fp16", Dtype::f16, Dtype::f16, Dtype::f16, 0x1p-22, 0, "fp16 operands, fp32 accumulator"},
    {"fp16acc16", Dtype::f16, Dtype::f16, Dtype::f16, 0x1p-11, 0, "fp16 operands and accumulator"},
    {"bf16", Dtype::bf16, Dtype::bf16, Dtype::bf16, 0x1p-22, 0, "bf16 operands, fp32 accumulator"},
    {"fp8", Dtype::e4m3, Dtype::e4m3, Dtype::bf16, 0x1p-14, 0, "e4m3 x e4m3, fp32 accumulator, bf16 out"},
    {"fp8e5m2", Dtype::e5m2, Dtype::e4m3, Dtype::bf16, 0x1p-14, 0, "e5m2 x e4m3, fp32 accumulator, bf16 out"},
    {"int8", Dtype::s8, Dtype::s8, Dtype::s32, 0, 0, "signed 8-bit operands, 32-bit sums"},
    {"int4", Dtype::s4, Dtype::s4, Dtype::s32, 0, 0, "signed 4-bit operands, 32-bit sums"},
    {"w4a16", Dtype::f16, Dtype::w4, Dtype::f16, 0x1p-22, 0, "fp16 activations, group-scaled 4-bit weights"},
    {"w8a16", Dtype::f16, Dtype::s8, Dtype::f16, 0x1p-22, 0, "fp16 activations, scaled 8-bit weights"},
}};

constexpr const PrecisionInfo& info(Precision precision) {
  return precision_table[static_cast<std::size_t>(precision)];
}
constexpr std::string_view name(Precision precision) { return info(precision).name; }
/// What the multiplications are in: narrow weights are widened before.
constexpr Precision arithmetic(Precision precision) {
  return precision == Precision::w4a16 || precision == Precision::w8a16 ? Precision::fp16 : precision;
}

/// The precision or type of that short name, or nothing.
std::optional<Precision> precision_named(std::string_view name);
std::optional<Dtype> dtype_named(std::string_view name);
/// "fp64, fp32, tf32, …", for messages.
std::string precision_names();
std::string dtype_names();

}  // namespace gemmark
