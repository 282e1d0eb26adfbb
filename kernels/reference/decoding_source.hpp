// Operands of any stored type for the packed product in double: each panel is decoded just before it is
// packed.
#pragma once

#include "kernels/api/kernel.hpp"
#include "kernels/gemm/packed_source.hpp"
#include "kernels/reference/decode.hpp"

namespace gemmark {

/// One stored matrix of a batch; `first`, `outer` and `depth` count elements.
struct DecodingSource {
  const std::byte* data;
  std::int64_t first, outer, depth;
  DecodeRun decode;

  /// `outer_is_row`: whether the rows, as stored, are what packed.hpp calls outer.
  DecodingSource(const Tensor& stored, std::int64_t index, bool outer_is_row)
      : data(stored.data),
        first(index * stored.shape.stride[0]),
        outer(outer_is_row ? stored.shape.stride[1] : 1),
        depth(outer_is_row ? 1 : stored.shape.stride[1]),
        decode(decode_run_of(stored.shape.dtype)) {}

  /// The depth backwards: summed up in the order of the kernels that share the product, their outputs in fp64
  /// would be the oracle's own to the last bit, and no evidence of how near they are.
  View<double> panel(std::int64_t o, std::int64_t width, std::int64_t p, std::int64_t length,
                     double* stage) const {
    const std::int64_t last = p + length - 1;
    if (depth == 1) {
      for (std::int64_t i = 0; i < width; ++i)
        decode(data, first + (o + i) * outer + last, -1, length, stage + i * length);
      return {stage, length, 1};
    }
    for (std::int64_t i = 0; i < length; ++i)
      decode(data, first + (last - i) * depth + o, 1, width, stage + i * width);
    return {stage, 1, width};
  }
};

}  // namespace gemmark
