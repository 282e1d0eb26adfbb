// A run as a person reads it: the limits of the machine first, then a table a comparison as soon as it ends.
#pragma once

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "harness/session.hpp"
#include "reports/comparison_table.hpp"
#include "reports/findings.hpp"

namespace gemmark {

/// Tables keep within this many columns where their content allows it.
inline constexpr int page_columns = 100;

class ConsoleSink final : public Listener {
 public:
  ConsoleSink(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  void on_context(const nlohmann::json& context) override;
  void on_ceiling(const CeilingRecord& record) override { ceilings_.push_back(record); }
  void on_result(const ResultRecord& record) override;
  void on_comparison_end() override;
  void on_end(const RunSummary& summary) override;

 private:
  void print_ceilings();
  /// Takes along what was refused of that comparison before anything was measured.
  void print_table(std::vector<ResultRecord> results);

  std::ostream& out_;
  bool colour_;
  bool noisy_ = false;
  std::vector<CeilingRecord> ceilings_;
  std::vector<ResultRecord> results_;  ///< of the comparison that is running
  std::vector<ResultRecord> refused_;
  Findings findings_;
  std::set<std::string> told_;  ///< lasting refusals that were printed once
};

/// What was measured on which machine, and what its libraries leave on the table.
std::string context_text(const nlohmann::json& context, bool colour);
/// The table as lines of text, each with its newline.
std::string table_text(const ComparisonTable& table, bool colour);
/// The measured limits, the best of each kind: a line each, a column a thread count.
std::string ceilings_text(const std::vector<CeilingRecord>& ceilings, bool colour);
/// "24 rows: 20 ok, 3 unsupported, 1 wrong" and where the time went.
std::string summary_text(const RunSummary& summary, bool colour);

}  // namespace gemmark
