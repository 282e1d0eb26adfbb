#include <fmt/format.h>

#include <cstdio>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/files.hpp"
#include "reports/merge.hpp"

namespace gemmark {
namespace {

struct MergeFlags {
  std::vector<std::string> files;
  std::string out;
  bool force = false;
};

int merge_files(const MergeFlags& flags) {
  checked_output(flags.out, flags.force, flags.files);
  const std::vector<RecordFile> files = read_files(flags.files);
  const Merged merged = merge(files);
  for (const std::string& note : merged.notes) fmt::print(stderr, "gemmark: note: {}\n", note);
  deliver(merged.text, flags.out, flags.force);
  fmt::print("{}: {} run{} of {} file{}\n", flags.out, merged.runs, merged.runs == 1 ? "" : "s", files.size(),
             files.size() == 1 ? "" : "s");
  return exit_fine;
}

}  // namespace

Action add_merge(CLI::App& app) {
  const auto flags = std::make_shared<MergeFlags>();
  app.add_option("files", flags->files, "files of records")
      ->required()
      ->type_name("FILE…")
      ->group("Arguments");
  app.add_option("--out", flags->out, "the file to write")->required()->type_name("FILE")->group("Output");
  app.add_flag("--force", flags->force, "replace the file of --out if it exists")->group("Output");
  app.footer(
      R"(The runs follow each other, each under its own context; nothing is dropped or averaged. A row that
two runs measured is there twice, and merge says so. Only a run that is there twice, line for line,
is a copy and kept once.

Example:
  gemmark merge monday.jsonl tuesday.jsonl --out week.jsonl
)");
  return [flags] { return merge_files(*flags); };
}

}  // namespace gemmark
