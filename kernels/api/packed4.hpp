// Elements of half a byte: where they and their scales lie, and what a fill makes of them.
//
// s4 is two's complement. w4, the weights of w4a16, is a value of -8 … 7 plus 8, times the fp16 scale of its
// group; index i counts from the start of a stored row. A fill draws for w4 what it draws for floats and
// quantises it, with scales that differ from group to group.
#pragma once

#include <cstdint>

#include "kernels/api/dtype.hpp"
#include "kernels/api/random.hpp"

namespace gemmark::packed4 {

template <Dtype dtype>
GEMMARK_HOST_DEVICE constexpr std::int64_t byte_of(std::int64_t i) {
  if constexpr (dtype == Dtype::w4) return i / W4::block * W4::block_bytes + i % W4::block / 2;
  return i / 2;
}
GEMMARK_HOST_DEVICE constexpr std::int64_t scale_byte_of(std::int64_t i) {
  return i / W4::block * W4::block_bytes + W4::scales_at + i % W4::block / W4::group * 2;
}

/// The scale of a group, exact in fp16: integers get 1 or 2, so that they stay integers.
GEMMARK_HOST_DEVICE inline double fill_scale(const Fill& fill, std::uint64_t group) {
  const std::uint64_t bits = random_bits(~fill.seed, group);
  if (fill.distribution == Distribution::ints) return fill.magnitude >= 2 && (bits & 1) != 0 ? 2 : 1;
  return (1024 + static_cast<double>(bits % 1024)) * 0x1p-13;
}

/// The integer that stands for a drawn value.
template <Dtype dtype>
GEMMARK_HOST_DEVICE inline int quantised(const Fill& fill, double value, double scale) {
  const bool ints = fill.distribution == Distribution::ints;
  if constexpr (dtype == Dtype::s4)
    value = ints ? value : floor(8 * value);
  else
    value = ints ? trunc(value / scale) : rint(value / scale);
  return static_cast<int>(value > 7 ? 7 : value < -8 ? -8 : value);
}

/// The half byte of an integer, and back.
template <Dtype dtype>
GEMMARK_HOST_DEVICE constexpr std::uint8_t encode(int value) {
  return static_cast<std::uint8_t>((dtype == Dtype::w4 ? value + 8 : value) & 15);
}
template <Dtype dtype>
GEMMARK_HOST_DEVICE constexpr int decode(std::uint8_t half) {
  return dtype == Dtype::w4 ? half - 8 : half < 8 ? half : half - 16;
}

}  // namespace gemmark::packed4
