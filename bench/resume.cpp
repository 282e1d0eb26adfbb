#include "bench/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/session_exit.hpp"
#include "bench/usage_error.hpp"
#include "harness/context.hpp"
#include "harness/expand.hpp"
#include "kernels/api/registry.hpp"
#include "reports/page_data.hpp"
#include "reports/record_file.hpp"
#include "reports/text.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

constexpr int shown_columns = 60;  // of a value in a message

RunOptions options_of(const RecordedRun& run, const std::string& path) {
  try {
    auto options = run.context.at("options").get<RunOptions>();
    for (const std::string& problem : options.problems) parse_problem(problem);
    return options;
  } catch (const std::exception& error) {
    throw UsageError(fmt::format("{}: its context does not say what was asked for: {}", path, error.what()));
  }
}

/// "build/version is 0.2.0 here, and was 0.1.0", of the first difference; empty where there is none.
std::string difference(const json& then, const json& now, const std::string& where) {
  if (then == now) return {};
  if (then.is_object() && now.is_object()) {
    for (const auto& [key, value] : now.items())
      if (std::string found = difference(then.value(key, json()), value, where + "/" + key); !found.empty())
        return found;
    for (const auto& [key, value] : then.items())
      if (!now.contains(key)) return fmt::format("{}/{} is not here", where, key);
  }
  const auto shown = [](const json& value) {
    return value.is_null() ? "absent" : shortened(to_line(value), shown_columns);
  };
  return fmt::format("{} is {} here, and was {}", where, shown(now), shown(then));
}

void recall_trials_of(const json& context) {
  const json trials = context.value("/conditions/trials"_json_pointer, json::object());
  try {
    recall_trials(trials.get<std::map<std::string, std::string>>());
  } catch (const json::exception&) {
    // Without them the libraries are tried anew.
  }
}

void check_same_setting(const json& context, const RunOptions& options, const std::string& path) {
  json then;
  try {
    then = comparable_part(context);
  } catch (const json::exception& error) {
    throw UsageError(
        fmt::format("{}: its context does not say where it was measured: {}", path, error.what()));
  }
  const json now = comparable_part(make_context(Registry::global(), options));
  for (const char* part : {"machine", "build", "libraries"})
    if (const std::string found = difference(then.at(part), now.at(part), part); !found.empty())
      throw UsageError(fmt::format("{}: cannot be resumed: {}", path, found));
}

/// How much of a run stays: its first lines, and how many of them are rows.
struct Kept {
  std::size_t lines = 0, rows = 0;
};
Kept kept_of(const RecordedRun& run, const std::vector<Unit>& units) {
  std::set<RowKey> there, incomplete;
  for (const ResultRecord& record : run.results) there.insert(key_of(record));
  for (const Unit& unit : units) {
    const bool whole = std::all_of(unit.cases.begin(), unit.cases.end(),
                                   [&](const Case& row) { return there.contains(key_of(row, unit)); });
    if (whole) continue;
    for (const Case& row : unit.cases) incomplete.insert(key_of(row, unit));
  }
  Kept kept;
  for (; kept.lines < run.lines.size(); ++kept.lines) {
    const std::string kind = json::parse(run.lines[kept.lines]).at("record");
    if (kind == "summary") break;
    if (kind != "result") continue;
    if (incomplete.contains(key_of(run.results[kept.rows]))) break;
    ++kept.rows;
  }
  return kept;
}

/// Where line `count` of those that are not blank ends, its newline included.
std::size_t end_of_line(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (count > 0 && at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    count -= text.substr(at, end - at).find_first_not_of(" \t\r\n") != std::string::npos;
    at = end;
  }
  return at;
}

}  // namespace

void check_same_options(const Resumption& left, const RunOptions& asked) {
  const json then = left.options, now = asked;
  // A suite brings settings along; that its problems are others says more.
  for (const char* part : {"/problems", ""}) {
    const json::json_pointer of(part);
    if (const std::string found = difference(then.at(of), now.at(of), fmt::format("options{}", part));
        !found.empty())
      throw UsageError(
          fmt::format("{}: --resume goes on with what was asked for then: {}", left.file.path, found));
  }
}

Resumption resume(const std::string& path) {
  const std::string text = read_text(path);
  if (records_of_page(text))
    throw UsageError(fmt::format("{}: is a page; expected the file that gemmark run --out began", path));
  const RecordFile file = read_records(text, path);
  const RecordedRun& run = file.runs.back();
  if (run.complete)
    throw UsageError(fmt::format("{}: its run has finished; there is nothing to resume", path));

  Resumption left{.options = options_of(run, path), .file = {.path = path}, .notes = {}};
  recall_trials_of(run.context);
  check_same_setting(run.context, left.options, path);

  const Kept kept = kept_of(run, checked_expansion(left.options).units);
  std::size_t above = 0;  // lines of other runs
  for (const RecordedRun& other : file.runs) above += &other == &run ? 0 : other.lines.size();
  const std::size_t end = end_of_line(text, above + kept.lines);
  left.file.read_bytes = static_cast<std::int64_t>(text.size());
  left.file.kept_bytes = static_cast<std::int64_t>(end);
  left.file.needs_newline = end > 0 && text[end - 1] != '\n';
  left.file.kept_lines = static_cast<long long>(kept.lines);
  left.file.kept.assign(run.results.begin(), run.results.begin() + static_cast<std::ptrdiff_t>(kept.rows));

  const auto count = [](std::size_t n) { return fmt::format("{} row{}", n, n == 1 ? "" : "s"); };
  left.notes.push_back(fmt::format("{}: {} kept", path, count(kept.rows)));
  if (run.results.size() > kept.rows)
    left.notes.back() += fmt::format("; {} of a comparison that was not finished will be measured again",
                                     count(run.results.size() - kept.rows));
  for (const std::string& warning : file.warnings)
    if (warning.find("cut short") != std::string::npos)
      left.notes.push_back(fmt::format("{}; it is dropped", warning));
  return left;
}

}  // namespace gemmark
