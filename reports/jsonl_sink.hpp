// Writes a run as it happens, a JSON line a record, so that a crash loses only what was not yet measured.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "harness/session.hpp"
#include "reports/findings.hpp"

namespace gemmark {

class JsonlSink final : public Listener {
 public:
  /// Creates the file. Throws std::runtime_error with the reason where that is not possible, or where it
  /// exists already and must not be replaced.
  JsonlSink(const std::string& path, bool replace);
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
  void write(const nlohmann::json& json);
  std::string path_;
  bool created_;
  int file_;
  long long lines_ = 0;
  Findings findings_;
};

/// The `summary` line.
nlohmann::json summary_json(const RunSummary& summary);
/// Writes text to a file that must not exist yet unless it may be replaced; the same errors as JsonlSink.
void write_file(const std::string& path, std::string_view text, bool replace);

}  // namespace gemmark
