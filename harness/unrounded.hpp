// How far outputs are from the product that the user meant: of operands before they were rounded to a
// precision. That is what the precisions of one comparison have in common, each being a rounding of the same
// numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/problem.hpp"
#include "kernels/api/random.hpp"

namespace gemmark {

class UnroundedSamples {
 public:
  /// The fp64 product at places spread over the output. Nothing for data other than uniform, for beta ≠ 0,
  /// for 4-bit integers and for scaled weights, which are no rounding of these numbers.
  static std::optional<UnroundedSamples> of(const Gemm& problem, const Fill& a, const Fill& b);

  /// Root mean square of got − product, over that of the product.
  double relative_error(Device& device, const Tensor& got) const;

 private:
  struct Sample {
    std::int64_t batch, row, col;
    double product;
  };
  std::vector<Sample> samples_;
};

}  // namespace gemmark
