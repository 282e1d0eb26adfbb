// A file of record, read back. A file holds one run, or several one after the other (gemmark merge): a line
// belongs to the last context above it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

struct RecordedRun {
  nlohmann::json context{};
  std::vector<nlohmann::json> continuations{};  ///< contexts under which a run that was cut off went on
  std::vector<CeilingRecord> ceilings{};
  std::vector<ResultRecord> results{};
  std::vector<nlohmann::json> findings{};      ///< summaries with a kind: crossovers, ladders
  nlohmann::json summary{};                    ///< null where the run did not get that far
  bool complete = false;                       ///< its `end` line is there, and as many lines as that counts
  std::optional<std::size_t> counted_lines{};  ///< by its `end` line
  std::vector<std::string> lines{};            ///< as they stand in the file, the context's first
};

/// Of a run that is not complete: "did not finish; 3 results are there".
std::string shortfall(const RecordedRun& run);

struct RecordFile {
  std::string path;
  std::vector<RecordedRun> runs;
  std::vector<std::string> warnings;  ///< one line each: a last line cut short, a run without its end
};

/// What is wrong with a file and where: "runs.jsonl, line 12: …".
class RecordFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The content of a file. Throws RecordFileError where it cannot be read.
std::string read_text(const std::string& path);
/// A last line without its newline that is no JSON is what a crash leaves: it is dropped with a warning.
/// Throws RecordFileError for everything else that does not belong. A page that gemmark report wrote is read
/// as the records it holds; line numbers then count those.
RecordFile read_record_file(const std::string& path);
/// The same for text that is already in memory; `path` is only used in messages.
RecordFile read_records(std::string_view text, const std::string& path);

}  // namespace gemmark
