// What `run` and `bench` check before a session and make of its end.
#pragma once

#include <optional>
#include <string>

#include "harness/expand.hpp"
#include "harness/session.hpp"
#include "reports/jsonl_sink.hpp"

namespace gemmark {

/// The rows of a run. Throws UsageError for a filter that is no regular expression, and where no kernel and
/// problem pass the filters at all. Loads every library that a kernel needs.
Expansion checked_expansion(const RunOptions& options);
/// `path`, if a file can be created there, or replaced where `force` allows it. Throws UsageError.
const std::string& checked_output(const std::string& path, bool force);
/// Makes the sink; UsageError where its file cannot be created.
void open_sink(std::optional<JsonlSink>& sink, const std::string& path, bool force);
/// The exit code of a finished session.
int session_exit(const RunSummary& summary);

}  // namespace gemmark
