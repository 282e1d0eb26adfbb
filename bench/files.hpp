// The files that commands read and write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/record_file.hpp"

namespace gemmark {

/// The records of each, what they warn of printed.
std::vector<RecordFile> read_files(const std::vector<std::string>& paths);
/// `path`, if a file can be created there, or replaced where `force` allows it. Throws UsageError, also where
/// it is one of `inputs` under whatever name: what is read is not replaced.
const std::string& checked_output(const std::string& path, bool force,
                                  const std::vector<std::string>& inputs = {});
/// Writes to that file, or to standard output without one.
void deliver(const std::string& text, const std::optional<std::string>& out, bool force);

}  // namespace gemmark
