// The sampling of prepared rows in interleaved rounds.
#pragma once

#include <functional>
#include <vector>

#include "harness/lab.hpp"
#include "harness/row.hpp"

namespace gemmark {

/// Samples until every row has stopped. `on_stop` is called for each as it stops, when others may already
/// have overwritten what its last sample put out.
void sample_rows(Lab& lab, Device& device, Mode mode, std::vector<Row*> rows,
                 const std::function<void(Row&)>& on_stop);

}  // namespace gemmark
