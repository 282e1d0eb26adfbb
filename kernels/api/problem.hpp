// A problem is one line of text, in suites, on the command line, in records and as the reproduction line.
// The grammar is in kernels/README.md; problem.cpp holds it once, for reading and for printing.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/api/precision.hpp"
#include "kernels/api/support.hpp"
#include "kernels/api/tensor.hpp"

namespace gemmark {

/// C = alpha·op(A)·op(B) + beta·C, row-major, `batch` times over.
/// op(A) is m×k, stored k×m where ta; op(B) is k×n, stored n×k where tb. A leading dimension of 0 is the
/// tight one, whole granules where the type packs elements; lda(), ldb() and ldc() give the one in force.
/// Batches follow each other without a gap.
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;
  Precision in = Precision::fp32;
  std::optional<Dtype> out;
  bool ta = false, tb = false;
  std::int64_t batch = 1;
  std::int64_t lda_given = 0, ldb_given = 0, ldc_given = 0;
  double alpha = 1, beta = 0;
  bool const_b = false;  ///< B is a weight: it may be transformed ahead of time

  std::int64_t tight_lda() const { return tight(info(in).a, ta ? m : k); }
  std::int64_t tight_ldb() const { return tight(info(in).b, tb ? k : n); }
  std::int64_t lda() const { return lda_given ? lda_given : tight_lda(); }
  std::int64_t ldb() const { return ldb_given ? ldb_given : tight_ldb(); }
  std::int64_t ldc() const { return ldc_given ? ldc_given : n; }

 private:
  static std::int64_t tight(Dtype dtype, std::int64_t width) {
    const std::int64_t granule = row_granule(dtype);
    return (width + granule - 1) / granule * granule;
  }
};

enum class ImageLayout : std::uint8_t { nhwc, nchw };

/// Forward convolution of n images of c×h×w with k filters of (c/groups)×r×s.
/// Input and output are stored as `layout` says, filters as k×r×s×c (nhwc) or k×c×r×s (nchw).
struct Conv {
  std::int64_t n = 0, c = 0, h = 0, w = 0, k = 0, r = 0, s = 0;
  std::int64_t stride = 1, pad = 0, dilation = 1, groups = 1;
  Precision in = Precision::fp32;
  ImageLayout layout = ImageLayout::nhwc;

  std::int64_t p() const { return (h + 2 * pad - dilation * (r - 1) - 1) / stride + 1; }
  std::int64_t q() const { return (w + 2 * pad - dilation * (s - 1) - 1) / stride + 1; }
};

/// Forward attention, softmax(q·kᵀ/√d)·v. Queries b×sq×hq×d, keys b×skv×hkv×d, values b×skv×hkv×dv.
/// The causal mask is aligned to the bottom right: query i sees keys 0 … skv − sq + i.
struct Attention {
  std::int64_t b = 0, hq = 0, hkv = 0, sq = 0, skv = 0, d = 0;
  std::int64_t dv_given = 0;
  bool causal = false;
  Precision in = Precision::bf16;

  std::int64_t dv() const { return dv_given ? dv_given : d; }
};

using Problem = std::variant<Gemm, Conv, Attention>;

/// What is wrong with a problem's text: where (1-based) and what was expected instead.
class ParseError : public std::runtime_error {
 public:
  ParseError(int line, int column, const std::string& what);
  int line;
  int column;
  std::string reason;  ///< the message without its position
};

/// Throws ParseError. `line` is only used in the message.
Problem parse_problem(std::string_view text, int line = 1);
/// The one spelling of a problem: defaults left out, keys in the grammar's order.
std::string to_text(const Problem& problem);
/// The text without precision: what the rows of one comparison have in common.
std::string comparison_text(const Problem& problem);

/// "gemm", "conv" or "attention".
std::string_view operation(const Problem& problem);
Precision precision(const Problem& problem);
Problem with_precision(Problem problem, Precision precision);

/// The operands in the order in which a kernel gets them: a, b for gemm; x, w for conv; q, k, v for
/// attention.
struct OperandShapes {
  std::vector<Shape> in;
  Shape out;
  bool reads_out = false;  ///< the output's old content matters (beta ≠ 0)
};
OperandShapes operand_shapes(const Problem& problem);

/// Floating-point (or integer) operations by the field's counting rule, two a multiply-add.
/// Padding taps of a convolution and masked pairs of attention are not counted.
double flops(const Problem& problem);
/// Convolution counted with its padding taps; the same as flops() for the rest.
double flops_padded(const Problem& problem);
/// Whether it marks operands that may be transformed ahead of time; no is said in the words of a kernel that
/// wants to.
Support has_constants(const Problem& problem);
/// Bytes that must move at least: every operand once, in its stored type.
double compulsory_bytes(const Problem& problem);

}  // namespace gemmark
