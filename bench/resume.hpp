// A run that was cut off, made ready to go on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/options.hpp"
#include "reports/jsonl_sink.hpp"

namespace gemmark {

struct Resumption {
  RunOptions options;
  Continuation file;               ///< with the rows that need not be measured again
  std::vector<std::string> notes;  ///< what becomes of the rest, a line each
};

/// Reads a file of record whose last run did not finish. Rows of a comparison that is not whole are given up:
/// the rows of a comparison share their rounds. `asked`: options that were given besides, which must be the
/// file's. Throws RecordFileError, and UsageError where the run is finished or machine, build, libraries or
/// options are not those that it began with. Changes nothing.
Resumption resume(const std::string& path, const std::optional<RunOptions>& asked);

}  // namespace gemmark
