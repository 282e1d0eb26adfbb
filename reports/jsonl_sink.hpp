// Writes a run as it happens, a JSON line a record, so that a crash loses only what was not yet measured.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/session.hpp"
#include "reports/findings.hpp"

namespace gemmark {

/// What is wrong with a file that was to be written: "runs.jsonl: …".
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a run that was cut off goes on: behind these lines of its file.
struct Continuation {
  std::string path;
  std::int64_t read_bytes = 0;  ///< the file's length when it was read
  std::int64_t kept_bytes = 0;  ///< of them; what follows is given up
  bool needs_newline = false;   ///< behind them
  long long kept_lines = 0;     ///< of this run
  std::vector<ResultRecord> kept{};
};

class JsonlSink final : public Listener {
 public:
  /// Creates the file. Throws OutputError where that is not possible, where it exists
  /// already and must not be replaced, or where another run is writing it.
  JsonlSink(const std::string& path, bool replace);
  /// Appends to a file, once there is something to append: until then it stays as it is.
  explicit JsonlSink(const Continuation& continuation);
  /// Removes a file that it created if nothing was ever written to it.
  ~JsonlSink() override;
  JsonlSink(const JsonlSink&) = delete;
  JsonlSink& operator=(const JsonlSink&) = delete;

  void on_context(const nlohmann::json& context) override;
  void on_ceiling(const CeilingRecord& record) override;
  void on_result(const ResultRecord& record) override;
  /// Writes the findings, the summary and the `end` line.
  void on_end(const RunSummary& summary) override;

 private:
  void begin();
  void write(const nlohmann::json& json);
  std::string path_;
  bool created_;
  int file_;
  long long lines_ = 0;
  std::optional<Continuation> continuation_;
  Findings findings_;
};

/// The `summary` line.
nlohmann::json summary_json(const RunSummary& summary);
/// Writes text to a file that must not exist yet unless it may be replaced; the same errors as JsonlSink.
void write_file(const std::string& path, std::string_view text, bool replace);

}  // namespace gemmark
