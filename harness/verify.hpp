// Decides whether an output is right. Two passes: integers, where it must be exact; and the data that is
// timed, where every element must lie within the rounding that its precision allows.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/operands.hpp"
#include "harness/record.hpp"
#include "harness/unrounded.hpp"
#include "kernels/api/checker.hpp"
#include "kernels/api/oracle.hpp"

namespace gemmark {

/// What a check found. `status` is ok, wrong, mistrusted or failed.
struct Verdict {
  Status status = Status::ok;
  std::string why;
  std::optional<double> error, error_bound;  ///< of the element nearest to its bound

  explicit operator bool() const { return status == Status::ok; }
};

/// The integers of the exact pass, or why there can be none.
struct ExactData {
  Fill fill;
  int scale_bits = 0;  ///< outputs are multiples of 2^-scale_bits
  std::string why_not;
};
ExactData exact_data(const Gemm& problem, std::uint64_t seed);

class Verifier {
 public:
  /// `oracle_limit_s`: an oracle product predicted to take longer is computed for sampled bands only.
  Verifier(Device& device, Checker& checker, const Oracle& oracle, const Gemm& problem, OperandSets& sets,
           double oracle_flops_per_s, double oracle_limit_s);

  /// Fills set 0 (and the old output) with the data of a pass and computes what the output should be.
  /// use_exact() returns false where the pass does not apply.
  bool use_exact(std::uint64_t seed);
  /// Throws std::runtime_error where the oracle fails its own certification.
  void use_data(Distribution distribution, std::uint64_t seed);
  /// Of the output of a set after use_data(), against the product of unrounded operands.
  std::optional<double> relative_error(int set) const;

  /// Poisons or restores the output of a set, as before every run.
  void reset_out(int set);
  /// What was done to a set beside its output, or empty: "it changed its inputs". The set is whole again
  /// then.
  std::string repaired_damage(int set);
  /// Judges the output of a set, for the pass whose data is in force.
  Verdict judge(int set);
  /// "exact+statistical", "sampled", …: what judge() has done so far.
  std::string passes() const;

 private:
  struct Band {  // a block of the output with its fp64 product
    std::int64_t batch, row, rows, col, cols;
    bool all_batches;
    std::unique_ptr<Memory> memory;
    Tensor product;
  };
  Gemm band_problem(const Band& band) const;
  Operands band_operands(const Band& band, const Operands& set) const;
  void compute_bands(bool whole);
  void certify();
  void fill_operands();
  void fill_inputs();
  void repair(int set);
  bool inputs_unchanged(int set);
  Verdict judge_exact(int set);
  Verdict judge_data(int set);
  Deviation deviation(int set, const ErrorRule& rule);

  Device& device_;
  Checker& checker_;
  const Oracle& oracle_;
  Gemm problem_;
  OperandSets& sets_;
  bool whole_affordable_;
  bool exact_ = false;
  ExactData exact_data_;
  bool exact_done_ = false, data_done_ = false;
  std::array<Fill, 3> fills_;  ///< of both inputs and the old output
  std::optional<UnroundedSamples> unrounded_;
  std::vector<Band> bands_;
  std::vector<double> row_norm_, col_norm_;
  std::vector<std::vector<double>> input_norms_;
};

}  // namespace gemmark
