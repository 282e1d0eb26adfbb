#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/files.hpp"
#include "bench/usage_error.hpp"
#include "reports/export.hpp"

namespace gemmark {
namespace {

struct ExportFlags {
  std::string format, file;
  std::optional<std::string> out;
  bool force = false;
};

int export_file(const ExportFlags& flags) {
  const auto& formats = export_formats();
  const auto format =
      std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.name == flags.format; });
  if (format == formats.end()) {
    std::vector<std::string> names;
    for (const ExportFormat& one : formats) names.emplace_back(one.name);
    throw UsageError(fmt::format("unknown format '{}'{}", flags.format, suggestion(flags.format, names)));
  }
  if (flags.out) checked_output(*flags.out, flags.force, {flags.file});
  const RecordFile file = read_files({flags.file}).front();
  std::string text;
  try {
    text = format->text(file);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  deliver(text, flags.out, flags.force);
  return exit_fine;
}

}  // namespace

Action add_export(CLI::App& app) {
  const auto flags = std::make_shared<ExportFlags>();
  app.add_option("format,--format", flags->format, "json, csv, google or markdown")
      ->required()
      ->type_name("FORMAT")
      ->group("Arguments");
  app.add_option("file", flags->file,
                 "records that gemmark run --out or gemmark merge wrote, or a page of gemmark report")
      ->required()
      ->type_name("FILE")
      ->group("Arguments");
  app.add_option("--out", flags->out, "write there; standard output without it")
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("--force", flags->force, "replace the file of --out if it exists")->group("Output");
  std::string footer = "Formats:\n";
  for (const ExportFormat& format : export_formats())
    footer += fmt::format("  {:<10}{}\n", format.name, format.summary);
  footer += R"(
Examples:
  gemmark export markdown results/quick.jsonl
  gemmark export --format json report.html
  gemmark export google base.jsonl --out base.json
  gemmark export google new.jsonl --out new.json
  compare.py benchmarks base.json new.json
)";
  app.footer(footer);
  return [flags] { return export_file(*flags); };
}

}  // namespace gemmark
