#include "reports/record_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "reports/page_data.hpp"
#include "reports/record_shape.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

// The library prefixes its messages with a name in brackets, which says nothing to a reader.
std::string spoken(const std::exception& error) {
  const std::string_view what = error.what();
  const std::size_t bracket = what.find("] ");
  return std::string(what.starts_with('[') && bracket != std::string::npos ? what.substr(bracket + 2) : what);
}

// Files of earlier versions tell it in words only.
std::optional<int> beside_others(std::string_view why) {
  const std::size_t told = why.find(beside_others_words);
  if (told == std::string_view::npos) return std::nullopt;
  why.remove_prefix(told + beside_others_words.size());
  int samples = 0;
  const bool number = std::from_chars(why.data(), why.data() + why.size(), samples).ec == std::errc();
  return number ? std::optional(samples) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(const std::string& path) { file_.path = path; }

  void line(std::string_view text, bool last_without_newline) {
    ++number_;
    if (text.find_first_not_of(" \t\r") == std::string::npos) return;
    const json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) {
      if (last_without_newline && !file_.runs.empty()) {
        file_.warnings.push_back(
            fmt::format("{}, line {}: cut short, as a crash leaves it; the lines before it are used",
                        file_.path, number_));
        return;
      }
      fail(not_json(text));
    }
    const auto kind = parsed.is_object() ? parsed.find("record") : parsed.end();
    if (!parsed.is_object() || kind == parsed.end() || !kind->is_string())
      fail("expected a JSON object with a \"record\"");
    take(kind->get<std::string>(), parsed);
    file_.runs.back().lines.emplace_back(text);
  }

  RecordFile finish() && {
    if (file_.runs.empty())
      throw RecordFileError(
          fmt::format("{}: holds no records; expected the JSON Lines file of a run, as "
                      "gemmark run --out writes it",
                      file_.path));
    for (std::size_t i = 0; i < file_.runs.size(); ++i)
      if (!file_.runs[i].complete)
        file_.warnings.push_back(fmt::format("{}: {} {}", file_.path,
                                             file_.runs.size() > 1 ? fmt::format("run {}", i + 1) : "the run",
                                             shortfall(file_.runs[i])));
    return std::move(file_);
  }

 private:
  void take(const std::string& kind, const json& parsed) {
    if (kind == "context") {
      const json schema = parsed.value("schema", json());
      if (schema != record_schema)
        fail(fmt::format("schema is {}; this gemmark reads \"{}\"", schema.dump(), record_schema));
      check("context", fault_of_context(parsed));
      if (!parsed.contains("resumes")) {
        file_.runs.push_back({.context = parsed});
        return;
      }
    }
    if (file_.runs.empty())
      fail(fmt::format("a {} before any context; is the first line missing?",
                       kind == "context" ? "continuation" : kind));
    RecordedRun& run = file_.runs.back();
    if (run.counted_lines) fail(fmt::format("a {} after the end of its run", kind));
    if (kind == "context")
      run.continuations.push_back(parsed);
    else if (kind == "ceiling")
      run.ceilings.push_back(converted<CeilingRecord>(kind, parsed));
    else if (kind == "result")
      run.results.push_back(result(parsed));
    else if (kind == "summary" && parsed.contains("kind"))
      check("summary", fault_of_finding(parsed)), run.findings.push_back(parsed);
    else if (kind == "summary")
      run.summary = parsed;
    else if (kind == "end")
      end(run, parsed.value("lines", json()));
    else
      fail(fmt::format("record \"{}\" is unknown; expected context, ceiling, result, summary or end", kind));
  }

  void end(RecordedRun& run, const json& lines) const {
    if (!lines.is_number_unsigned()) fail("an end that does not count its run's lines");
    run.counted_lines = lines.get<std::size_t>();
    run.complete = *run.counted_lines == run.lines.size() + 1;
  }

  void check(std::string_view kind, const std::string& fault) const {
    if (!fault.empty()) fail(fmt::format("not a valid {}: {}", kind, fault));
  }

  template <class Record>
  Record converted(const std::string& kind, const json& parsed) const {
    try {
      return parsed.get<Record>();
    } catch (const std::exception& error) {
      fail(fmt::format("not a valid {}: {}", kind, spoken(error)));
    }
  }

  ResultRecord result(const json& parsed) const {
    auto record = converted<ResultRecord>("result", parsed);
    if (!status_named(record.status)) fail(fmt::format("status \"{}\" is unknown", record.status));
    if (!mode_named(record.mode)) fail(fmt::format("mode \"{}\" is unknown", record.mode));
    if (!record.contended_samples) record.contended_samples = beside_others(record.why);
    if (record.status == name(Status::ok) && !record.median_s) fail("status is ok, but there is no median_s");
    return record;
  }

  // The first thing that is not JSON, in the parser's words.
  static std::string not_json(std::string_view text) {
    try {
      const json unused = json::parse(text);
    } catch (const json::exception& error) {
      return "not JSON: " + spoken(error);
    }
    return "not JSON";
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw RecordFileError(fmt::format("{}, line {}: {}", file_.path, number_, what));
  }

  RecordFile file_;
  int number_ = 0;
};

}  // namespace

std::string shortfall(const RecordedRun& run) {
  const std::string what = run.counted_lines ? fmt::format("has {} lines where its end counts {}",
                                                           run.lines.size(), *run.counted_lines)
                                             : "did not finish";
  return fmt::format("{}; {} results are there", what, run.results.size());
}

RecordFile read_records(std::string_view text, const std::string& path) {
  Reader reader(path);
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    reader.line(text.substr(0, newline), newline == std::string::npos);
    text.remove_prefix(newline == std::string::npos ? text.size() : newline + 1);
  }
  return std::move(reader).finish();
}

std::string read_text(const std::string& path) {
  if (path.empty()) throw RecordFileError("'' is no file's name");
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw RecordFileError(fmt::format("{}: is a directory; expected a file", path));
  // Some (/dev/zero) never end.
  if (std::filesystem::is_character_file(path, ignored))
    throw RecordFileError(fmt::format("{}: is a device; expected a file", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw RecordFileError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || text.bad()) throw RecordFileError(fmt::format("{}: cannot be read to its end", path));
  return std::move(text).str();
}

RecordFile read_record_file(const std::string& path) {
  const std::string text = read_text(path);
  std::optional<std::string> of_page;
  try {
    of_page = records_of_page(text);
  } catch (const std::runtime_error& error) {
    throw RecordFileError(fmt::format("{}: the records in this page are damaged: {}", path, error.what()));
  }
  return read_records(of_page ? *of_page : text, path);
}

}  // namespace gemmark
