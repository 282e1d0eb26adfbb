// What packed.hpp reads operands and writes the output through, and the plain case: elements already of the
// type that computes.
#pragma once

#include <cstdint>

namespace gemmark {

/// Element (o, p): o the row of A or the column of B, p the depth.
template <class T>
struct View {
  const T* data;
  std::int64_t outer, depth;  ///< strides in elements

  const T& at(std::int64_t o, std::int64_t p) const { return data[o * outer + p * depth]; }
};

template <class T>
struct OutputView {
  T* data;
  std::int64_t row, col;  ///< strides in elements
};

/// An operand whose panels lie packed already: those of a slice side by side, slice after slice, as
/// PackedProduct::prepack() left them for the same sizes, caches and threads.
template <class T>
struct PackedSource {
  const T* panels;
};

/// A source hands out views of panels; one that must convert elements does so into the `stage` it is given.
template <class T>
struct PlainSource {
  View<T> all;

  View<T> panel(std::int64_t o, std::int64_t /*width*/, std::int64_t p, std::int64_t /*depth*/,
                T* /*stage*/) const {
    return {&all.at(o, p), all.outer, all.depth};
  }
};

}  // namespace gemmark
