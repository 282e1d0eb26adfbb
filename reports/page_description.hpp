// What a page's scripts get beside the records: names, relations of the rows, comparisons and charts.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "reports/run_diff.hpp"

namespace gemmark {

/// `peers` are those of all runs, peers(runs). Indices of rows count over all runs.
nlohmann::json page_description(const std::vector<NamedRun>& runs, const std::vector<Peer>& peers,
                                const std::vector<RunDiff>& diffs);

/// The peers of the results of one run.
std::vector<Peer> peers_of_run(const std::vector<NamedRun>& runs, const std::vector<Peer>& peers,
                               std::size_t run);

}  // namespace gemmark
