// Everything between choosing a row and timing it: memory, cost, plans, verification.
#pragma once

#include <vector>

#include "harness/lab.hpp"
#include "harness/row.hpp"

namespace gemmark {

/// Allocates the group's operands, predicts, plans and verifies its rows. Rows that will not be timed are
/// over when this returns, with status and reason. Throws what befalls the group as a whole.
void prepare_group(Lab& lab, Device& device, Checker& checker, Group& group, std::vector<Row*> rows);

/// Resets the output of a set and runs the row on it once; seconds from call to result.
double fresh_call(Lab& lab, Device& device, Row& row, int set);

}  // namespace gemmark
