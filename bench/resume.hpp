// A run that was cut off, made ready to go on.
#pragma once

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
/// the rows of a comparison share their rounds. Throws RecordFileError, and UsageError where the run is
/// finished, or machine, build or libraries are not those that it began with. Changes no file. To be called
/// before the registry is first asked, so that it offers the kernels that the run had.
Resumption resume(const std::string& path);
/// Throws UsageError where options that were given besides are not the file's.
void check_same_options(const Resumption& left, const RunOptions& asked);

}  // namespace gemmark
