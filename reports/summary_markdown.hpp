// The headline of runs, and one run against another, as markdown for a job's page or a pull request.
#pragma once

#include <string>
#include <vector>

#include "reports/record_file.hpp"

namespace gemmark {

/// With `compare` every run against the first. Throws std::runtime_error where there is nothing to compare.
std::string summary_markdown(std::vector<RecordFile> files, bool compare);

}  // namespace gemmark
