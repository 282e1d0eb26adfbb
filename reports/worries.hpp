// What should make a reader doubt or dig: rows that are not believed, noise, throttling, libraries on old
// kernels, a run that did not end.
#pragma once

#include <vector>

#include "reports/headline.hpp"

namespace gemmark {

std::vector<Finding> worries(const NamedRun& run);

}  // namespace gemmark
