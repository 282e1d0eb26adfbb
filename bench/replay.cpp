#include "bench/replay.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <regex>
#include <system_error>

#include "bench/usage_error.hpp"
#include "bench/version.hpp"
#include "reports/google_name.hpp"
#include "reports/record_file.hpp"
#include "reports/result.hpp"
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

// Google prints its usage and ends the program where it does not understand a value, or takes it for another.
// Flags that say how often or how long to measure say nothing here.
void check(const std::string& flag) {
  constexpr const char* boolean = "(1|0|t|f|true|false|y|n|yes|no|on|off)?";
  static const std::vector<std::pair<std::string, std::string>> taken{
      {"filter", ".*"},
      {"list_tests", boolean},
      {"format", "console|json|csv"},
      {"out", ".+"},
      {"out_format", "console|json|csv"},
      {"color", std::string("auto|") + boolean},
      {"counters_tabular", boolean},
      {"report_aggregates_only", boolean},
      {"display_aggregates_only", boolean},
      {"context", ".+=.+"},
      {"v", "[0-9]{1,3}"}};
  const std::size_t equals = std::min(flag.find('='), flag.size());
  std::string names;
  for (const auto& [name, values] : taken) {
    names += fmt::format("{}--benchmark_{}", names.empty() ? "" : ", ", name);
    if (flag.substr(0, equals) != "--benchmark_" + name) continue;
    const std::string value = flag.substr(std::min(equals + 1, flag.size()));
    if (std::regex_match(value, std::regex(values))) return;
    throw UsageError(fmt::format("{} is not possible; expected a value that reads {}", flag, values));
  }
  throw UsageError(
      fmt::format("unknown option '{}'; expected one of {}; how often and how long to measure "
                  "is for --time-limit and --target to say",
                  flag, names));
}

std::string value_or(const std::string& value, const char* otherwise) {
  return value.empty() ? otherwise : value;
}

// A table of every sample would be unreadable; a file is there to hold them.
void register_row(const ResultRecord& row, bool aggregates_only) {
  auto next = std::make_shared<std::size_t>(0);
  const std::vector<double> samples = corrected_samples(row);
  benchmark::RegisterBenchmark(google_name(row).c_str(),
                               [row, samples, next](benchmark::State& state) {
                                 const double sample = samples[(*next)++ % samples.size()];
                                 for (auto _ : state) state.SetIterationTime(sample);
                                 state.counters["FLOPS"] = row.flops / sample;
                                 state.counters["bytes_per_second"] = row.bytes / sample;
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(static_cast<int>(samples.size()))
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
  for (const std::string& flag : flags) check(flag);
  if (!benchmark_flag(flags, "out").empty()) {
    // Google would take no notice of a file that it cannot write: it is given memory instead.
    memory_ = memfd_create("gemmark-benchmark-out", MFD_CLOEXEC);
    if (memory_ < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
    flags.push_back(fmt::format("--benchmark_out={}", memory_path()));
  }
  words_.insert(words_.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& word : words_) argv.push_back(word.data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  benchmark::Initialize(&argc, argv.data());
}

Replay::~Replay() {
  benchmark::Shutdown();
  if (memory_ >= 0) close(memory_);
}

std::string Replay::memory_path() const { return fmt::format("/proc/self/fd/{}", memory_); }

std::string Replay::run(const std::vector<ResultRecord>& rows, const std::string& fingerprint) {
  benchmark::AddCustomContext("gemmark", version_text());
  benchmark::AddCustomContext("gemmark_fingerprint", fingerprint);
  for (const ResultRecord& row : rows)
    register_row(row, dynamic_cast<benchmark::ConsoleReporter*>(reporters_->display.get()) != nullptr);
  // The filter has been applied before anything was measured.
  benchmark::RunSpecifiedBenchmarks(reporters_->display.get(), reporters_->file.get(), ".");
  return memory_ < 0 ? "" : read_text(memory_path());
}

}  // namespace gemmark
