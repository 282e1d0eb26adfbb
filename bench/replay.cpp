#include "bench/replay.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "bench/usage_error.hpp"
#include "bench/version.hpp"
#include "reports/google_name.hpp"
#include "reports/terminal.hpp"

namespace gemmark {
namespace {

// Google appends how a benchmark was run to its name, the number of repetitions too, so that 10 samples would
// not compare with 12; and it has measured the CPU time of a replay, which is no time of the kernel's.
template <class Reporter>
class Cleaned final : public Reporter {
 public:
  using Reporter::Reporter;
  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
    auto cleaned = runs;
    for (auto& run : cleaned) {
      run.run_name.iterations.clear();
      run.run_name.repetitions.clear();
      run.run_name.time_type.clear();
      run.cpu_accumulated_time = run.real_accumulated_time;
    }
    Reporter::ReportRuns(cleaned);
  }
};

std::unique_ptr<benchmark::BenchmarkReporter> reporter(const std::string& format) {
  using benchmark::ConsoleReporter;
  if (format == "json") return std::make_unique<Cleaned<benchmark::JSONReporter>>();
  if (format != "console")
    throw UsageError(
        fmt::format("format '{}' is not offered here; expected console or json (gemmark export writes "
                    "csv and markdown)",
                    format));
  const bool colour = wants_colour(STDOUT_FILENO);
  return std::make_unique<Cleaned<ConsoleReporter>>(colour ? ConsoleReporter::OO_ColorTabular
                                                           : ConsoleReporter::OO_Tabular);
}

std::string value_or(const std::string& value, const char* otherwise) {
  return value.empty() ? otherwise : value;
}

// A table of every sample would be unreadable; a file is there to hold them.
void register_row(const ResultRecord& row, bool aggregates_only) {
  auto next = std::make_shared<std::size_t>(0);
  benchmark::RegisterBenchmark(google_name(row).c_str(),
                               [row, next](benchmark::State& state) {
                                 const double sample = row.samples_s[(*next)++ % row.samples_s.size()];
                                 for (auto _ : state) state.SetIterationTime(sample);
                                 state.counters["FLOPS"] = row.flops / sample;
                                 state.counters["bytes_per_second"] = row.bytes / sample;
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(static_cast<int>(row.samples_s.size()))
      ->DisplayAggregatesOnly(aggregates_only);
}

}  // namespace

std::string benchmark_flag(const std::vector<std::string>& flags, const std::string& name) {
  const std::string bare = "--benchmark_" + name;
  for (const std::string& flag : flags) {
    if (flag == bare) return "true";
    if (flag.starts_with(bare + "=")) return flag.substr(bare.size() + 1);
  }
  return "";
}

struct Replay::Reporters {
  std::unique_ptr<benchmark::BenchmarkReporter> display, file;
};

Replay::Replay(std::vector<std::string> flags)
    : reporters_(std::make_unique<Reporters>()), words_{"gemmark"} {
  reporters_->display = reporter(value_or(benchmark_flag(flags, "format"), "console"));
  if (!benchmark_flag(flags, "out").empty())
    reporters_->file = reporter(value_or(benchmark_flag(flags, "out_format"), "json"));
  words_.insert(words_.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& word : words_) argv.push_back(word.data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  benchmark::Initialize(&argc, argv.data());
  if (argc > 1)
    throw UsageError(fmt::format(
        "unknown option '{}'; Google Benchmark has no such flag, or it takes no such value", argv[1]));
}

Replay::~Replay() { benchmark::Shutdown(); }

void Replay::run(const std::vector<ResultRecord>& rows, const std::string& fingerprint) {
  benchmark::AddCustomContext("gemmark", version_text());
  benchmark::AddCustomContext("gemmark_fingerprint", fingerprint);
  for (const ResultRecord& row : rows)
    register_row(row, dynamic_cast<benchmark::ConsoleReporter*>(reporters_->display.get()) != nullptr);
  // The filter has been applied before anything was measured.
  benchmark::RunSpecifiedBenchmarks(reporters_->display.get(), reporters_->file.get(), ".");
}

}  // namespace gemmark
