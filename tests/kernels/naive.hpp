// The definition of a matrix product in fp64, and stored numbers to feed it: nothing here is shared with the
// kernels under test, save the bit-by-bit decoders of kernels/api.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/api/kernel.hpp"
#include "kernels/api/packed4.hpp"
#include "kernels/api/random.hpp"

namespace gemmark::testing {

/// Two elements a byte, the lower half first; `index` counts from a row of a tensor that starts a block.
template <Dtype dtype>
double load_half(const Tensor& t, std::int64_t index) {
  const auto byte = std::to_integer<std::uint8_t>(t.data[packed4::byte_of<dtype>(index)]);
  const int value = packed4::decode<dtype>(index % 2 != 0 ? byte >> 4 : byte & 15);
  if (dtype != Dtype::w4) return value;
  std::uint16_t scale = 0;
  std::memcpy(&scale, t.data + packed4::scale_byte_of(index), sizeof scale);
  return value * decode_float(Dtype::f16, scale);
}
template <Dtype dtype>
void store_half(const Tensor& t, std::int64_t index, int value) {
  std::byte& byte = t.data[packed4::byte_of<dtype>(index)];
  const int shift = index % 2 != 0 ? 4 : 0;
  byte = (byte & std::byte(0xf0 >> shift)) | std::byte(packed4::encode<dtype>(value) << shift);
}

inline double load(const Tensor& t, std::int64_t index) {
  const std::byte* at = t.data + storage_bytes(t.shape.dtype, index);
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  switch (t.shape.dtype) {
    case Dtype::f64:
      return as(double{});
    case Dtype::f32:
      return as(float{});
    case Dtype::s32:
      return as(std::int32_t{});
    case Dtype::s8:
      return as(std::int8_t{});
    case Dtype::f16:
    case Dtype::bf16:
      return decode_float(t.shape.dtype, as(std::uint16_t{}));
    case Dtype::e4m3:
    case Dtype::e5m2:
      return decode_float(t.shape.dtype, as(std::uint8_t{}));
    case Dtype::s4:
      return load_half<Dtype::s4>(t, index);
    case Dtype::w4:
      return load_half<Dtype::w4>(t, index);
  }
  return std::nan("");
}

inline void store(const Tensor& t, std::int64_t index, double value) {
  std::byte* at = t.data + storage_bytes(t.shape.dtype, index);
  const auto put = [&]<class T>(T stored) { std::memcpy(at, &stored, sizeof stored); };
  switch (t.shape.dtype) {
    case Dtype::f64:
      return put(value);
    case Dtype::f32:
      return put(static_cast<float>(value));
    case Dtype::s32:
      return put(static_cast<std::int32_t>(std::clamp(std::rint(value), -0x1p31, 0x1p31 - 1)));
    case Dtype::s8:
      return put(static_cast<std::int8_t>(std::clamp(std::rint(value), -128.0, 127.0)));
    case Dtype::f16:
    case Dtype::bf16:
      return put(static_cast<std::uint16_t>(encode_float(t.shape.dtype, value)));
    case Dtype::e4m3:
    case Dtype::e5m2:
      return put(static_cast<std::uint8_t>(encode_float(t.shape.dtype, value)));
    case Dtype::s4:
    case Dtype::w4:
      break;  // only whole rows are written, with their scales: fill()
  }
}

template <Dtype dtype>
void fill_halves(const Tensor& t, const Fill& how) {
  const std::int64_t length = t.shape.row_length(), groups = (length + W4::group - 1) / W4::group;
  for (std::int64_t row = 0; row < t.shape.row_count(); ++row)
    for (std::int64_t j = 0; j < length; ++j) {
      const std::int64_t at = t.shape.row_offset(row) + j;
      double scale = 1;
      if (dtype == Dtype::w4) {
        scale = packed4::fill_scale(how, static_cast<std::uint64_t>(row * groups + j / W4::group));
        const auto bits = static_cast<std::uint16_t>(encode_float(Dtype::f16, scale));
        std::memcpy(t.data + packed4::scale_byte_of(at), &bits, sizeof bits);
      }
      const double value = fill_value(how, static_cast<std::uint64_t>(row * length + j), false);
      store_half<dtype>(t, at, packed4::quantised<dtype>(how, value, scale));
    }
}

/// Writes the elements and leaves the gaps between rows alone.
inline void fill(const Tensor& t, const Fill& how) {
  if (t.shape.dtype == Dtype::s4) return fill_halves<Dtype::s4>(t, how);
  if (t.shape.dtype == Dtype::w4) return fill_halves<Dtype::w4>(t, how);
  std::uint64_t index = 0;
  for (std::int64_t row = 0; row < t.shape.row_count(); ++row)
    for (std::int64_t j = 0; j < t.shape.row_length(); ++j)
      store(t, t.shape.row_offset(row) + j, fill_value(how, index++, t.shape.dtype == Dtype::s8));
}

/// Σ op(A)[i,p]·op(B)[p,j] of one product of the batch, and Σ |…|: the scale of its rounding error.
struct Dot {
  double sum = 0, magnitude = 0;
};

/// The elements in order, gaps left out.
inline std::vector<double> values(const Tensor& t) {
  std::vector<double> all;
  for (std::int64_t row = 0; row < t.shape.row_count(); ++row)
    for (std::int64_t j = 0; j < t.shape.row_length(); ++j)
      all.push_back(load(t, t.shape.row_offset(row) + j));
  return all;
}

/// m×n results a batch, in order.
inline std::vector<Dot> naive_products(const Gemm& g, const Operands& operands) {
  const std::vector<double> a = values(operands.in[0]), b = values(operands.in[1]);
  std::vector<Dot> results;
  for (std::int64_t index = 0; index < g.batch; ++index)
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) {
        Dot dot;
        const double* x = a.data() + index * g.m * g.k + (g.ta ? i : i * g.k);
        const double* y = b.data() + index * g.k * g.n + (g.tb ? j * g.k : j);
        for (std::int64_t p = 0; p < g.k; ++p) {
          const double term = x[p * (g.ta ? g.m : 1)] * y[p * (g.tb ? 1 : g.n)];
          dot.sum += term;
          dot.magnitude += std::abs(term);
        }
        results.push_back(dot);
      }
  return results;
}

/// Memory with patterned bytes before, behind and (where the owner does not write) inside.
class Guarded {
 public:
  explicit Guarded(std::int64_t bytes)
      : bytes_(bytes), all_(static_cast<std::size_t>(bytes + 2 * guard + align), pattern) {
    const auto address = reinterpret_cast<std::uintptr_t>(all_.data());
    data_ = all_.data() + guard + (align - (address + guard) % align) % align;
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  std::byte* data() { return data_; }
  /// Guards, data and guards again.
  std::byte* begin() { return data_ - guard; }
  std::int64_t whole_bytes() const { return bytes_ + 2 * guard; }
  std::int64_t bytes() const { return bytes_; }
  bool intact() const {
    const auto untouched = [](std::byte b) { return b == pattern; };
    return std::all_of(all_.data(), const_cast<const std::byte*>(data_), untouched) &&
           std::all_of(const_cast<const std::byte*>(data_ + bytes_), all_.data() + all_.size(), untouched);
  }
  /// Whether the gaps between a tensor's rows still hold the pattern.
  bool gaps_intact(const Shape& shape) const {
    std::vector<char> owned(static_cast<std::size_t>(bytes_), 0);
    for (std::int64_t row = 0; row < shape.row_count(); ++row) {
      const std::int64_t first = storage_bytes(shape.dtype, shape.row_offset(row));
      std::fill_n(owned.begin() + first, storage_bytes(shape.dtype, shape.row_length()), char{1});
    }
    for (std::int64_t i = 0; i < bytes_; ++i)
      if (!owned[static_cast<std::size_t>(i)] && data_[i] != pattern) return false;
    return true;
  }

 private:
  static constexpr std::byte pattern{0xa5};
  static constexpr std::int64_t guard = 4096, align = 4096;
  std::int64_t bytes_;
  std::vector<std::byte> all_;
  std::byte* data_ = nullptr;
};

}  // namespace gemmark::testing
