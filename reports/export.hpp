// A file of record in formats that other programs and people read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/record_file.hpp"

namespace gemmark {

struct ExportFormat {
  std::string_view name;
  std::string_view summary;
  /// Throws std::runtime_error where the format cannot hold what the file holds.
  std::string (*text)(const RecordFile&);
};

/// json, csv, google, markdown.
const std::vector<ExportFormat>& export_formats();

/// One document: {"schema", "runs": [{"context", "continuations", "ceilings", "results", "findings",
/// "summary", "complete"}]}.
std::string export_json(const RecordFile& file);
/// A line a result, every field a column, samples in one cell separated by blanks; `run` counts from 1, and
/// `machine` and `time_utc` say where and when it was.
std::string export_csv(const RecordFile& file);
/// Google Benchmark's JSON: a repetition a sample and its aggregates. Rows without a trusted time are left
/// out, because readers take every row for a time. One run only: the format has one context.
std::string export_google(const RecordFile& file);
/// Under the machine that a run was measured on, a table a comparison.
std::string export_markdown(const RecordFile& file);

}  // namespace gemmark
