// Where an operand lies: its element type, extents and strides, and the address of its first element.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "kernels/api/dtype.hpp"

namespace gemmark {

/// A dense row-major array of at most four dimensions whose innermost stride is 1.
/// Extents and strides count elements; a stride may exceed what the inner extents need (leading dimension).
struct Shape {
  static constexpr int max_rank = 4;

  Dtype dtype = Dtype::f32;
  int rank = 0;
  std::array<std::int64_t, max_rank> extent{};
  std::array<std::int64_t, max_rank> stride{};

  /// Tightly packed, save that rows (the innermost dimension) lie `leading` elements apart.
  static Shape rows(Dtype dtype, std::initializer_list<std::int64_t> extents, std::int64_t leading) {
    Shape shape{dtype, static_cast<int>(extents.size()), {}, {}};
    int axis = 0;
    for (const std::int64_t extent : extents) shape.extent[axis++] = extent;
    shape.stride[shape.rank - 1] = 1;
    std::int64_t step = leading;
    for (int i = shape.rank - 2; i >= 0; --i) {
      shape.stride[i] = step;
      step *= shape.extent[i];
    }
    return shape;
  }

  std::int64_t count() const {
    std::int64_t product = 1;
    for (int i = 0; i < rank; ++i) product *= extent[i];
    return product;
  }
  /// Length of one contiguous run, and how many such runs there are.
  std::int64_t row_length() const { return extent[rank - 1]; }
  std::int64_t row_count() const { return row_length() == 0 ? 0 : count() / row_length(); }
  /// Elements from the first to the last row's start, for row `index` of row_count().
  std::int64_t row_offset(std::int64_t index) const {
    std::int64_t offset = 0;
    for (int i = rank - 2; i >= 0; --i) {
      offset += (index % extent[i]) * stride[i];
      index /= extent[i];
    }
    return offset;
  }
  /// Bytes from the first element to the last, gaps between rows included, the gap after the last row not.
  std::int64_t span_bytes() const {
    if (count() == 0) return 0;
    std::int64_t last = 0;
    for (int i = 0; i < rank; ++i) last += (extent[i] - 1) * stride[i];
    return storage_bytes(dtype, last + 1);
  }
};

struct Tensor {
  Shape shape;
  std::byte* data = nullptr;

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
};

}  // namespace gemmark
