// The Google Benchmark front end. A session measures and verifies as always; its samples are then replayed as
// benchmarks with manual time (replay.hpp). --benchmark_filter is applied first, so that only what is asked
// for is measured: the kernels and problems of the rows that match, and of what they yield the rows
// themselves.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/files.hpp"
#include "bench/replay.hpp"
#include "bench/request.hpp"
#include "bench/session_exit.hpp"
#include "bench/usage_error.hpp"
#include "reports/google_name.hpp"
#include "reports/jsonl_sink.hpp"
#include "reports/progress_sink.hpp"
#include "reports/terminal.hpp"

namespace gemmark {
namespace {

/// Google's rule: a regular expression that is found somewhere; behind a '-', one that is not.
class NameFilter {
 public:
  explicit NameFilter(std::string text) {
    if (text.empty() || text == "all") return;
    negated_ = text[0] == '-';
    if (negated_) text.erase(0, 1);
    try {
      regex_.emplace(text, std::regex::extended);
    } catch (const std::regex_error& error) {
      throw UsageError(
          fmt::format("--benchmark_filter '{}' is no regular expression: {}", text, error.what()));
    }
  }
  bool operator()(const std::string& name) const {
    return !regex_ || std::regex_search(name, *regex_) != negated_;
  }

 private:
  std::optional<std::regex> regex_;
  bool negated_ = false;
};

class Collector final : public Listener {
 public:
  explicit Collector(std::set<std::string> wanted) : wanted_(std::move(wanted)) {}
  void on_context(const nlohmann::json& context) override { fingerprint = context.value("fingerprint", ""); }
  void on_result(const ResultRecord& record) override {
    if (!wanted_.contains(google_name(record))) return;
    if (record.status == name(Status::ok) && !record.samples_s.empty())
      rows.push_back(record);
    else
      left_out.push_back(fmt::format("{}: {}: {}", google_name(record), record.status, record.why));
  }

  std::string fingerprint;
  std::vector<ResultRecord> rows;
  std::vector<std::string> left_out;

 private:
  std::set<std::string> wanted_;
};

template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

int bench(const Request& request, const std::vector<std::string>& flags) {
  RunOptions options = resolve(request);
  Replay replay(flags);
  const Expansion expansion = checked_expansion(options);
  const NameFilter filter(benchmark_flag(flags, "filter"));

  std::vector<std::string> names, problems, kernels;
  for (const Unit& unit : expansion.units)
    for (const Case& row : unit.cases) {
      const std::string name = google_name(row.kernel, row.problem, unit.device, gemmark::name(unit.mode),
                                           gemmark::name(options.data), row.threads);
      if (!filter(name)) continue;
      names.push_back(name);
      add_once(problems, row.problem);
      add_once(kernels, row.kernel);
    }
  const std::string listed = benchmark_flag(flags, "list_tests");
  if (!listed.empty() && listed != "false") {
    for (const std::string& name : names) fmt::print("{}\n", name);
    return exit_fine;
  }
  if (names.empty())
    throw UsageError(
        fmt::format("--benchmark_filter '{}' matches none of the benchmarks (--benchmark_list_tests)",
                    benchmark_flag(flags, "filter")));
  const std::string out = benchmark_flag(flags, "out");
  if (!out.empty()) checked_output(out, true);
  options.problems = problems;
  options.kernels = kernels;

  Collector collector({names.begin(), names.end()});
  ProgressSink progress(std::cerr, is_terminal(STDERR_FILENO) ? terminal_columns(STDERR_FILENO, 80) : 0);
  const RunSummary summary = run_session(options, {&progress, &collector});
  for (const std::string& row : collector.left_out) fmt::print(stderr, "gemmark: left out: {}\n", row);
  if (!collector.rows.empty()) {
    const std::string text = replay.run(collector.rows, collector.fingerprint);
    if (!out.empty()) write_file(out, text, true);
  }
  return session_exit(summary);
}

}  // namespace

Action add_bench(CLI::App& app) {
  const auto request = add_request(app);
  app.footer(R"(Google Benchmark:
  --benchmark_filter=REGEX   only benchmarks whose name matches, or behind a - does not
  --benchmark_list_tests     their names, without measuring
  --benchmark_out=FILE       its JSON, every sample a repetition; replaces the file
  --benchmark_format=json    JSON on standard output instead of the table
  Others that say how it is shown are handed on; how often and how long is for --time-limit and
  --target to say.
  Rows that are not ok are left out, and named on standard error.

Examples:
  gemmark bench --suite smoke --benchmark_filter=packed
  gemmark bench --problem "gemm m=n=k=1024 in=fp32" --benchmark_out=new.json
  compare.py benchmarks old.json new.json
)");
  return [request, &app] {
    std::vector<std::string> flags, leftovers;
    for (const std::string& word : app.remaining())
      (word.starts_with("--benchmark_") ? flags : leftovers).push_back(word);
    reject_leftovers(app, leftovers);
    return bench(*request, flags);
  };
}

}  // namespace gemmark
