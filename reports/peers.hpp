// What each result stands beside: its run, its comparison, and the vendor's best row there. Page and summary
// read the same relations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/ratio.hpp"
#include "reports/record_file.hpp"

namespace gemmark {

/// A run as a reader tells it from others.
struct NamedRun {
  std::string name;  ///< of its file, and where that holds several, which one: "quick", "both 2"
  RecordedRun run;
};

/// Runs of all files in their order, with names that differ.
std::vector<NamedRun> named_runs(std::vector<RecordFile> files);

struct Peer {
  std::size_t run = 0;
  std::size_t group = 0;         ///< its comparison, counted over all runs
  int threads = 1;               ///< that the comparison was given on this device
  std::optional<double> size{};  ///< m where m = n = k, the length of a sequence that attends to itself
  std::optional<std::size_t> vendor{};  ///< the fastest vendor row of the comparison, precision and device
  std::optional<Ratio> speedup{};       ///< over that row
};

/// One a result, in the order of the results, counted over all runs.
std::vector<Peer> peers(const std::vector<NamedRun>& runs);

}  // namespace gemmark
