// What verification does over whole matrices, where they lie: filling, poisoning, norms, comparison with an
// fp64 reference, Freivalds' test. A device kind may bring its own; the rules that use it are harness/verify.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/kernel.hpp"
#include "kernels/api/problem.hpp"
#include "kernels/api/random.hpp"

namespace gemmark {

/// The statistical rule for one output element with value ref = alpha·p + beta·c0, p the fp64 product:
/// |got − ref| ≤ 8·u_acc·(|alpha|·s_i·t_j + √k·|ref| + |beta·c0|)
///              + u_in·|alpha|·(6·s_i·t_j/√k + 2·|p|) + u_out·(|ref| + |alpha·p| where beta ≠ 0) + absolute,
/// s_i and t_j the 2-norms of row i of op(A) and column j of op(B).
///
/// The second line is for operands that are rounded on their way into a product, by u_in of themselves at
/// most (tf32: 2^-10, which is truncation). A product a·b is then off by a·b·(δ + ε), |δ|, |ε| ≤ u_in.
/// Truncation makes their means nonzero, which shrinks p as a whole: 2·u_in·|p| covers it. What is left of δ
/// + ε has mean 0 and deviation 0.33·u_in, so that the sum over k independent products has deviation
/// 0.33·u_in·√(Σ a²b²), and for operands drawn one by one from a distribution Σ a²b² is near s²·t²/k: 6 is 18
/// deviations. Up to k = 9 it is the certain bound 2·u_in·s·t. Emulated products of uniform and normal data,
/// k = 1 … 16384, rounded and truncated, stayed below 0.4 of the whole.
///
/// With beta, alpha·p may be rounded to the output's type before beta·c0 is added, as cuBLAS does for bf16.
///
/// Where ref is within its bound of the type's largest number or beyond, what the type has for all that is
/// too large is right too: infinity of ref's sign, or the last integer.
struct ErrorRule {
  double u_acc = 0;
  double u_in = 0;
  double u_out = 0;
  double absolute = 0;         ///< what rounding to an integer or a subnormal number may cost
  double largest = HUGE_VAL;   ///< finite number of the output's type
  double overflow = HUGE_VAL;  ///< the least magnitude that stands for what is too large
  double k = 0;
  double alpha = 1;
  double beta = 0;
  const double* row_norm = nullptr;  ///< host memory; one a row of the output, batches following each other
  const double* col_norm = nullptr;  ///< host memory; `cols` a batch
};

/// The rule's factors, worked out once for all elements.
class ErrorBound {
 public:
  GEMMARK_HOST_DEVICE explicit ErrorBound(const ErrorRule& rule)
      : of_norms_((8 * rule.u_acc + 6 * rule.u_in / sqrt(rule.k < 1 ? 1 : rule.k)) * fabs(rule.alpha)),
        of_ref_(8 * rule.u_acc * sqrt(rule.k) + rule.u_out),
        of_product_(2 * rule.u_in + (rule.beta != 0 ? rule.u_out : 0)),
        of_old_(8 * rule.u_acc),
        absolute_(rule.absolute),
        largest_(rule.largest),
        overflow_(rule.overflow) {}
  /// `norms` is s_i·t_j, `old` is beta·c0.
  GEMMARK_HOST_DEVICE double operator()(double norms, double ref, double old) const {
    return of_norms_ * norms + of_ref_ * fabs(ref) + of_product_ * fabs(ref - old) + of_old_ * fabs(old) +
           absolute_;
  }
  /// |got − ref|, and 0 of what has rightly overflown.
  GEMMARK_HOST_DEVICE double error(double got, double ref, double bound) const {
    const bool overflown = fabs(got) >= overflow_ && fabs(ref) + bound >= largest_ && (got > 0) == (ref > 0);
    return overflown ? 0 : fabs(got - ref);
  }

 private:
  double of_norms_, of_ref_, of_product_, of_old_, absolute_, largest_, overflow_;
};

/// What rounding may leave of C·x − A·(B·x) in one row of a right fp64 product C = A·B, for a vector x of ±1:
/// 32·2^-53·s_i·‖B‖_F·max(1, √(n/k)). The last factor is for the test's own sums of n terms, which stand
/// against ‖B‖_F, √n times a column of B: added one after the other they are off by 2^-53·n·√k, and 32 is
/// there 45 deviations.
inline double freivalds_bound(const Gemm& g, double row_norm, double frobenius) {
  const double longer = static_cast<double>(g.n) / static_cast<double>(std::max<std::int64_t>(g.k, 1));
  return 32 * 0x1p-53 * row_norm * frobenius * std::sqrt(std::max(1.0, longer));
}

/// The largest of a batch's residuals over its bound, of `worst` and of the rows of one product: cx = C·x,
/// abx = A·(B·x), the norms of the rows of op(A), those of B as it is stored. Infinite for NaN.
inline double worst_residual(double worst, const Gemm& g, std::span<const double> cx,
                             std::span<const double> abx, std::span<const double> a_norms,
                             std::span<const double> b_norms) {
  double frobenius = 0;
  for (const double norm : b_norms) frobenius += norm * norm;
  for (std::size_t i = 0; i < cx.size(); ++i) {
    const double bound = freivalds_bound(g, a_norms[i], std::sqrt(frobenius));
    const double residual = std::abs(cx[i] - abx[i]);
    if (!(residual <= bound * worst)) worst = bound > 0 ? residual / bound : HUGE_VAL;
    if (std::isnan(worst)) return HUGE_VAL;
  }
  return worst;
}

/// How an output differs from its reference. Everything is judged with <=, so that NaN never passes.
struct Deviation {
  std::int64_t elements = 0;
  std::int64_t unequal = 0;  ///< elements that are not exactly round(ref)
  std::int64_t beyond = 0;   ///< elements beyond the rule's bound, NaN included
  double worst_error = 0;    ///< |got − ref| of the element with the largest error over bound
  double worst_bound = 0;    ///< that element's bound
  double worst_ratio = 0;    ///< their quotient; infinity for NaN
  std::int64_t worst_row = -1, worst_col = -1;  ///< row over all batches
  double worst_got = 0, worst_want = 0;
  double lowest = HUGE_VAL, highest = -HUGE_VAL;  ///< of got
};

/// Adds what was found elsewhere in the same output; the element whose error is largest relative to its bound
/// stays.
GEMMARK_HOST_DEVICE inline void keep_worst(Deviation& worst, const Deviation& other) {
  worst.elements += other.elements;
  worst.unequal += other.unequal;
  worst.beyond += other.beyond;
  worst.lowest = fmin(worst.lowest, other.lowest);
  worst.highest = fmax(worst.highest, other.highest);
  if (other.worst_row < 0 || (worst.worst_row >= 0 && other.worst_ratio <= worst.worst_ratio)) return;
  worst.worst_error = other.worst_error, worst.worst_bound = other.worst_bound;
  worst.worst_ratio = other.worst_ratio;
  worst.worst_row = other.worst_row, worst.worst_col = other.worst_col;
  worst.worst_got = other.worst_got, worst.worst_want = other.worst_want;
}

class Checker {
 public:
  virtual ~Checker() = default;

  /// Writes every element (gaps between rows are left alone). The value of an element depends on the seed and
  /// on its place in the array without gaps, never on the device.
  virtual void fill(const Tensor& tensor, const Fill& fill) = 0;
  /// Makes every element NaN, or an unlikely value where the type has none.
  virtual void poison(const Tensor& tensor) = 0;
  /// 2-norms of the rows (over all batches), or of the columns of each batch, of a stored matrix.
  virtual std::vector<double> row_norms(const Tensor& matrix) = 0;
  virtual std::vector<double> col_norms(const Tensor& matrix) = 0;
  /// `product` is fp64 of got's extents; `old` is the output before the run, or null where beta = 0.
  virtual Deviation deviation(const Tensor& got, const Tensor& product, const Tensor* old,
                              const ErrorRule& rule) = 0;
  /// Freivalds modulo 2^64 for operands and output that hold integers (times 2^-scale_bits for the output):
  /// how many rows leave a residual. Every row is counted where an output is no such number.
  virtual std::int64_t freivalds_exact(const Gemm& problem, const Operands& operands, const Tensor* old,
                                       int scale_bits, std::uint64_t seed) = 0;
  /// Freivalds in fp64 with a vector of ±1 for an fp64 product (alpha = 1, beta = 0): the largest
  /// |residual| / freivalds_bound(); at most 1 for a right one.
  virtual double freivalds(const Gemm& problem, const Operands& operands, std::uint64_t seed) = 0;
};

struct CheckerFactory {
  std::string device_kind = "host";
  std::function<std::unique_ptr<Checker>(Device&)> make;
};

struct DeviceFactory {
  std::string kind = "host";
  /// Every device of the kind that this machine has, or why there is none.
  std::function<std::vector<std::unique_ptr<Device>>(std::string& why_none)> make;
};

}  // namespace gemmark
