// The rows of a comparison as a reader wants them: ranked by time within each precision, what cannot be
// ranked below with its reason, refusals condensed. Console and markdown print the same table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

struct ComparisonTable {
  enum class Tone : std::uint8_t { best, plain, doubtful, bad };
  struct Column {
    std::string header;
    bool right = true;  ///< alignment
  };
  struct Row {
    std::vector<std::string> cells{};  ///< one a column
    Tone tone = Tone::plain;
    bool starts_group = false;  ///< first of its precision and device
    std::string note{};         ///< why the row is not ranked; empty for one that is
  };
  struct Refusal {
    std::string text;     ///< "cpu_naive fp64 (skipped: one call would take 12 s)"
    bool lasting = true;  ///< the same in every comparison of this kind, unlike a predicted cost
  };

  std::string title;     ///< "gemm m=1 n=2 k=3"
  std::string subtitle;  ///< "cold, host, 2 threads"
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<Refusal> not_run;
  std::string beside_others{};  ///< that somebody else used the processors, how long and in how many rows
  bool noisy = false;           ///< some row's interval carries the mark of a missed target
};

/// `results` are one comparison's, in any order.
ComparisonTable tabulate(const std::vector<ResultRecord>& results);

/// Results by comparison, mode, data and threads asked for, in the order of first appearance. Threads are
/// told apart only by the order of the records: a kernel that cannot use more than one appears with one.
std::vector<std::vector<ResultRecord>> by_comparison(const std::vector<ResultRecord>& results);
/// The same as indices into `results`.
std::vector<std::vector<std::size_t>> comparison_groups(const std::vector<ResultRecord>& results);

/// What is printed behind an interval that missed its target.
inline constexpr std::string_view noisy_mark = "~";

}  // namespace gemmark
