// One run against a base: the ratio of every common row with its interval, and what only one side has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/peers.hpp"

namespace gemmark {

struct RunDiff {
  struct Row {
    std::size_t base = 0, head = 0;  ///< indices of the runs' results
    std::optional<Ratio> ratio{};    ///< base time / head time: above 1 the head is faster
    std::string note{};              ///< why there is no ratio, or what differs: "threads 2, then 4"
  };
  std::size_t base_run = 0, head_run = 0;  ///< of the list that was given
  std::vector<Row> rows{};                 ///< slowest first; rows without a ratio last
  std::vector<std::size_t> only_base{}, only_head{};
};

/// Rows are the same where kernel, problem, device, mode, data and threads are; where both sides measured the
/// rest with one number of threads each, those may differ, as on machines of different size.
RunDiff compare_runs(const std::vector<NamedRun>& runs, std::size_t base, std::size_t head);

/// Throws std::runtime_error where there are fewer than two runs.
void require_two(const std::vector<NamedRun>& runs);

}  // namespace gemmark
