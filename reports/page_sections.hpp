// The parts of a page that stand without scripts: headline, refusals, facts, comparison.
#pragma once

#include <string>
#include <vector>

#include "reports/headline.hpp"
#include "reports/run_diff.hpp"

namespace gemmark {

std::string headline_html(const std::vector<NamedRun>& runs, const std::vector<Headline>& headlines);
/// What was not measured or not believed, and why, a line a reason.
std::string refusals_html(const std::vector<NamedRun>& runs);
/// Machines, libraries, builds and conditions, a column a run.
std::string facts_html(const std::vector<NamedRun>& runs);
/// Empty where there are no comparisons.
std::string comparison_html(const std::vector<NamedRun>& runs, const std::vector<RunDiff>& diffs);

}  // namespace gemmark
