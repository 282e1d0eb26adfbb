// How many bits a kernel's sums really keep. A row of A holds 2^p, then 64 small values, then −2^p: what is
// left is the sum of the small ones if all of them survived next to 2^p, and less if the accumulator dropped
// any. The largest p at which they survive says how wide it is: 23 for an fp32 sum, which has 24 significant
// bits.
//
// The probe asks for the weakest place: small values lie all along k, so that a kernel which adds up in a
// wider type now and then still shows the type in between.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/kernel.hpp"
#include "kernels/api/problem.hpp"

namespace gemmark {

class AccumulatorProbe {
 public:
  /// Nothing where the sums are integers, alpha or beta is in the way, or the problem is too small: it takes
  /// a row for every p that is tried, and 66 steps of k.
  static std::optional<AccumulatorProbe> of(const Gemm& problem);

  /// Writes the first rows of op(A) and the first column of op(B) in the first batch of a set.
  void load(Device& device, const Operands& set) const;
  /// The significant bits that the output of such a set shows; nothing where not even the smallest p went
  /// well. At most what the operands' range can show: 25 for e4m3, 30 for fp16.
  std::optional<int> bits(Device& device, const Tensor& out) const;

 private:
  explicit AccumulatorProbe(const Gemm& problem) : problem_(problem) {}

  Gemm problem_;
  // Exponents: of the small and the large values of B, the small ones of A, and A's first large one.
  int b_small_ = 0, b_large_ = 0, a_small_ = 0, a_first_ = 0;
  int rows_ = 0;
};

}  // namespace gemmark
