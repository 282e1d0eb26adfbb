// What `run` and `bench` check before a session and make of its end.
#pragma once

#include "harness/expand.hpp"
#include "harness/session.hpp"

namespace gemmark {

/// The rows of a run. Throws UsageError for a filter that is no regular expression, and where no kernel and
/// problem pass the filters at all. Loads every library that a kernel needs.
Expansion checked_expansion(const RunOptions& options);
/// The exit code of a finished session.
int session_exit(const RunSummary& summary);

}  // namespace gemmark
