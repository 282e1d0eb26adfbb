// What is said when somebody interrupts a run.
#pragma once

#include <string>

namespace gemmark {

/// From now on an interrupt (Ctrl-C) or a request to end says that nothing is recorded before it ends the
/// program; `path` is the file of the records, or empty. Where it is empty still, it is removed.
void explain_interruption(const std::string& path);
/// From now on it says that the file has the records so far.
void interruption_leaves_records();

}  // namespace gemmark
