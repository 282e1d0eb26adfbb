#include <fmt/format.h>

#include <optional>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/files.hpp"
#include "bench/usage_error.hpp"
#include "reports/page.hpp"
#include "reports/summary_markdown.hpp"

namespace gemmark {
namespace {

struct ReportFlags {
  std::vector<std::string> files;
  std::optional<std::string> out, vega;
  std::string title;
  bool compare = false, markdown = false, force = false;
};

int report(const ReportFlags& flags) {
  if (!flags.out && !flags.markdown)
    throw UsageError("where to? expected --out report.html, or --markdown for text");
  if (flags.out) checked_output(*flags.out, flags.force, flags.files);
  std::vector<RecordFile> files = read_files(flags.files);
  const std::string vega = flags.vega ? read_text(*flags.vega) : "";
  if (flags.vega && (vega.find("vega") == std::string::npos || vega.find("function") == std::string::npos))
    throw UsageError(fmt::format("{}: is no Vega; expected its JavaScript, as vega.min.js", *flags.vega));
  std::string text;
  try {
    text = flags.markdown
               ? summary_markdown(std::move(files), flags.compare)
               : html_page(std::move(files), {.title = flags.title, .vega = vega, .compare = flags.compare});
  } catch (const nlohmann::json::exception& error) {
    throw UsageError(
        fmt::format("a context line is not as reports/record.schema.json says: {}", error.what()));
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  deliver(text, flags.out, flags.force);
  return exit_fine;
}

}  // namespace

Action add_report(CLI::App& app) {
  const auto flags = std::make_shared<ReportFlags>();
  app.add_option("files", flags->files,
                 "records that gemmark run --out or gemmark merge wrote, or pages that this wrote")
      ->required()
      ->type_name("FILE...")
      ->group("Arguments");
  app.add_flag("--compare", flags->compare,
               "the first run is the base: ratios of all others to it, with intervals")
      ->group("Content");
  app.add_option("--title", flags->title, "of the browser's tab; the devices' names without it")
      ->type_name("TEXT")
      ->group("Content");
  app.add_flag("--markdown", flags->markdown, "the summary as markdown instead, for a job's page")
      ->group("Output");
  app.add_option("-o,--out", flags->out, "write there; --markdown without it writes to standard output")
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("--force", flags->force, "replace the file of --out if it exists")->group("Output");
  app.add_option("--vega", flags->vega, "another copy of Vega (its JavaScript) in place of the built-in one")
      ->type_name("FILE")
      ->group("Output");
  app.footer(
      R"(The page is one file that needs no network: headline, charts, a table of all records, and the
records themselves, which gemmark export reads back from it. The same records give the same bytes.

Examples:
  gemmark report results/quick.jsonl -o report.html
  gemmark report laptop.jsonl server.jsonl -o both.html            side by side
  gemmark report --compare base.jsonl head.jsonl -o change.html
  gemmark report --compare --markdown base.jsonl head.jsonl >> "$GITHUB_STEP_SUMMARY"
  gemmark export --format json report.html                         the records of a page
)");
  return [flags] { return report(*flags); };
}

}  // namespace gemmark
