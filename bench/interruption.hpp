// What is said when somebody interrupts a run.
#pragma once

#include <string>

namespace gemmark {

/// From now on an interrupt (Ctrl-C) or a request to end says what became of the records before it ends the
/// program; `path` is their file, or empty.
void explain_interruption(const std::string& path);

}  // namespace gemmark
