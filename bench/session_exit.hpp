// What `run` and `bench` check before a session and make of its end.
#pragma once

#include <string>
#include <vector>

#include "harness/expand.hpp"
#include "harness/session.hpp"

namespace gemmark {

/// The rows of a run. Throws UsageError for a filter that is no regular expression, and where no kernel and
/// problem pass the filters at all. Loads every library that a kernel needs.
Expansion checked_expansion(const RunOptions& options);
/// `path`, if a file can be created there, or replaced where `force` allows it. Throws UsageError.
const std::string& checked_output(const std::string& path, bool force);
/// Throws UsageError where the output is one of the files that are read, under whatever name.
void keep_apart(const std::string& output, const std::vector<std::string>& inputs);
/// The exit code of a finished session.
int session_exit(const RunSummary& summary);

}  // namespace gemmark
