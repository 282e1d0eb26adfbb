#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/files.hpp"
#include "bench/interruption.hpp"
#include "bench/request.hpp"
#include "bench/resume.hpp"
#include "bench/session_exit.hpp"
#include "bench/usage_error.hpp"
#include "harness/expand.hpp"
#include "kernels/api/registry.hpp"
#include "reports/console_sink.hpp"
#include "reports/jsonl_sink.hpp"
#include "reports/progress_sink.hpp"
#include "reports/terminal.hpp"

namespace gemmark {
namespace {

struct RunFlags {
  std::optional<std::string> out, resume;
  bool force = false;
  bool quiet = false;
};

struct RecordsBegun final : Listener {
  void on_context(const nlohmann::json&) override { interruption_leaves_records(); }
};

int measure(const RunOptions& options, std::optional<JsonlSink>& file, const std::string& path, bool quiet,
            const std::vector<ResultRecord>& earlier) {
  ProgressSink progress(std::cerr, is_terminal(STDERR_FILENO) ? terminal_columns(STDERR_FILENO, 80) : 0);
  ConsoleSink console(std::cout, wants_colour(STDOUT_FILENO));
  std::vector<Listener*> listeners;
  RecordsBegun begun;
  if (file) {
    listeners.push_back(&*file);
    listeners.push_back(&begun);
  }
  if (!quiet) listeners.push_back(&progress);
  listeners.push_back(&console);

  const RunSummary summary = run_session(options, listeners, {"/proc/self/exe", "worker"}, earlier);
  if (file) fmt::print("records: {}\n", path);
  return session_exit(summary);
}

int go_on(const Request& request, const RunFlags& flags) {
  if (flags.out || flags.force)
    throw UsageError("--resume writes to the file that it resumes; leave --out and --force away");
  const Resumption left = resume(*flags.resume);
  if (!request.empty()) check_same_options(left, resolve(request));
  explain_interruption(*flags.resume);
  std::optional<JsonlSink> file(left.file);
  for (const std::string& note : left.notes) fmt::print(stderr, "gemmark: note: {}\n", note);
  return measure(left.options, file, *flags.resume, flags.quiet, left.file.kept);
}

int run(const Request& request, const RunFlags& flags) {
  if (flags.resume) return go_on(request, flags);
  const RunOptions options = resolve(request);
  // Whether anything is left to measure is the user's business only where he narrows it; the check loads the
  // libraries that a worker should load.
  const bool offloads =
      std::find(options.modes.begin(), options.modes.end(), Mode::offload) != options.modes.end();
  if (!options.filter.empty() || !options.kernels.empty() || offloads) checked_expansion(options);

  explain_interruption(flags.out.value_or(""));  // before there is a file
  std::optional<JsonlSink> file;
  if (flags.out) file.emplace(checked_output(*flags.out, flags.force), flags.force);
  return measure(options, file, flags.out.value_or(""), flags.quiet, {});
}

}  // namespace

Action add_run(CLI::App& app) {
  const auto request = add_request(app);
  const auto flags = std::make_shared<RunFlags>();
  app.add_option("--out", flags->out, "write the records to this file (JSON Lines); none without it")
      ->type_name("FILE")
      ->group("Output");
  app.add_option(
         "--resume", flags->resume,
         "go on with a run that was cut off, in the file that its --out wrote; it says what to measure")
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("--force", flags->force, "replace the file of --out if it exists")->group("Output");
  app.add_flag("--quiet", flags->quiet, "no progress; the tables only")->group("Output");
  app.footer(R"(Settings may also stand in the suite ("set time-limit 0.5"); the command line wins.

Examples:
  gemmark run --suite smoke
  gemmark run --problem "gemm m=n=k=4096 in=fp32" --kernels "avx512_*,openblas*" --threads 1
  gemmark run --filter "packed.*in=fp64" --time-limit 2 --target 0.2 --out results/packed.jsonl
  gemmark run --resume results/packed.jsonl
)");
  return [request, flags] { return run(*request, *flags); };
}

}  // namespace gemmark
