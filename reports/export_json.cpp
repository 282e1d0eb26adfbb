#include <fmt/format.h>

#include "reports/export.hpp"

namespace gemmark {
namespace {

template <class Records>
std::string array(const Records& records) {
  std::string text = "[";
  for (const auto& record : records)
    text += fmt::format("{}\n    {}", text.size() > 1 ? "," : "", to_line(nlohmann::json(record)));
  return text + (records.empty() ? "]" : "\n  ]");
}

}  // namespace

// A record a line, so that the document stays readable by eye and by line-based tools.
std::string export_json(const RecordFile& file) {
  std::string text = fmt::format("{{\"schema\": \"{}\", \"runs\": [", record_schema);
  for (const RecordedRun& run : file.runs)
    text += fmt::format(
        "{}\n {{\"context\": {},\n  \"continuations\": {},\n  \"ceilings\": {},\n  \"results\": {},\n  "
        "\"findings\": {},\n  \"summary\": {},\n  \"complete\": {}}}",
        &run == &file.runs.front() ? "" : ",", to_line(run.context), array(run.continuations),
        array(run.ceilings), array(run.results), array(run.findings), to_line(run.summary), run.complete);
  return text + "\n]}\n";
}

}  // namespace gemmark
