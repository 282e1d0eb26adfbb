// Speed against error for every precision of one comparison: the fastest right kernel of each, how far its
// output is from the product of unrounded operands, and how many bits its sums keep.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

struct PrecisionLadder {
  struct Step {
    std::string precision, kernel;
    double tflops = 0;
    double relative_error = 0;
    std::optional<int> accumulator_bits;
    /// Another step is at least as fast and at least as exact, and better in one.
    bool dominated = false;
  };
  std::string comparison, device, mode;
  std::vector<Step> steps;  ///< the most exact first
};

/// Of rows that are ok, for comparisons with four precisions or more whose error is known.
std::vector<PrecisionLadder> precision_ladders(const std::vector<ResultRecord>& results);

/// The `summary` line, and lines for the console, each with its newline.
nlohmann::json ladder_json(const PrecisionLadder& ladder);
std::string ladder_text(const PrecisionLadder& ladder);

}  // namespace gemmark
