// The commands of gemmark. Each adds its options to a subcommand of the command line and hands back what to
// do once they are read; that returns the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace gemmark {

using Action = std::function<int()>;

struct Command {
  const char* name;
  const char* summary;  ///< one line in `gemmark --help`
  Action (*add)(CLI::App& app);
  bool hidden = false;
  bool foreign_options = false;  ///< it looks at arguments itself that no option took
};

Action add_run(CLI::App& app);
Action add_list(CLI::App& app);
Action add_doctor(CLI::App& app);
Action add_export(CLI::App& app);
Action add_report(CLI::App& app);
Action add_merge(CLI::App& app);
Action add_bench(CLI::App& app);
Action add_worker(CLI::App& app);

/// In the order in which help shows them.
const std::vector<Command>& commands();

/// Throws UsageError for the first argument that no option took, with the option that it may have meant.
void reject_leftovers(const CLI::App& app, const std::vector<std::string>& leftovers);

}  // namespace gemmark
