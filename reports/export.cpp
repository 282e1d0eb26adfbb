#include "reports/export.hpp"

namespace gemmark {

const std::vector<ExportFormat>& export_formats() {
  static const std::vector<ExportFormat> formats{
      {"json", "one document with every run, ceiling, result and summary", export_json},
      {"csv", "a line a result, for spreadsheets and data frames", export_csv},
      {"google", "Google Benchmark's JSON, for compare.py and the like", export_google},
      {"markdown", "a table a comparison", export_markdown},
  };
  return formats;
}

}  // namespace gemmark
