#include "reports/summary_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "reports/comparison_table.hpp"
#include "reports/facts.hpp"
#include "reports/figures.hpp"
#include "reports/headline.hpp"
#include "reports/markdown.hpp"
#include "reports/result.hpp"
#include "reports/run_diff.hpp"

namespace gemmark {
namespace {

std::string list(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += fmt::format("- **{}** {}\n", markdown_text(finding.figure), markdown_text(finding.text));
  return text.empty() ? text : text + "\n";
}

// The share of the limit; where that is unknown, the rate.
std::string side_text(const std::optional<Side>& side) {
  if (!side) return "–";
  return side->fraction ? percent_text(*side->fraction) : side->rate;
}

std::string run_text(const NamedRun& run, const Headline& h) {
  std::string text =
      fmt::format("## {} ({})\n\n{}\n\n{}\n\n", markdown_text(h.title), markdown_text(run.name),
                  markdown_text(h.sentence), markdown_text(h.subtitle));
  if (!h.best.empty()) {
    text += markdown_row({"precision", "device", "runs on", "best", "of its limit", "own", "vendor", "kernel",
                          "problem"}) +
            "| :-- | :-- | :-- | --: | :-- | --: | --: | :-- | :-- |\n";
    for (const Best& best : h.best)
      text +=
          markdown_row({markdown_text(best.op == "gemm" ? best.precision : best.op + " " + best.precision),
                        markdown_text(best.device), best.engine,
                        fmt::format("{}{}", best.noisy ? noisy_mark : "", markdown_text(best.rate)),
                        markdown_text(best.limit.empty() ? "unknown" : best.limit), side_text(best.own),
                        side_text(best.vendor), markdown_text(best.kernel), markdown_text(best.problem)});
    text += "\n";
  }
  text += list(h.findings);
  if (!h.worries.empty()) text += "To doubt:\n\n" + list(h.worries);
  return text;
}

std::string row_text(const RecordedRun& base, const RecordedRun& head, const RunDiff::Row& row) {
  const ResultRecord &old = base.results[row.base], &now = head.results[row.head];
  return markdown_row({markdown_text(short_kernel(now.kernel)), markdown_text(short_problem(now.problem)),
                       markdown_text(now.precision), time_text(old.median_s), time_text(now.median_s),
                       row.ratio ? markdown_text(ratio_text(*row.ratio)) : "–", markdown_text(row.note)});
}

std::string missing(const RecordedRun& run, const std::vector<std::size_t>& rows, std::string_view where) {
  if (rows.empty()) return "";
  constexpr std::size_t most = 20;
  std::string text = fmt::format("Only in {}, {} row{}:\n\n", markdown_text(where), rows.size(),
                                 rows.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(most, rows.size()); ++i) {
    const ResultRecord& r = run.results[rows[i]];
    text += fmt::format("- {} {} {}, {}\n", markdown_text(short_kernel(r.kernel)),
                        markdown_text(short_problem(r.problem)), markdown_text(r.precision), r.status);
  }
  if (rows.size() > most) text += fmt::format("- and {} more\n", rows.size() - most);
  return text + "\n";
}

std::string differing_facts(const std::vector<NamedRun>& runs) {
  std::vector<std::string> header{"", ""}, rule{":--", ":--"};
  for (const NamedRun& run : runs) {
    header.push_back(markdown_text(run.name));
    rule.emplace_back(":--");
  }
  std::string text;
  for (const Fact& fact : facts(runs)) {
    if (!fact.differs) continue;
    std::vector<std::string> cells{markdown_text(fact.topic), markdown_text(fact.name)};
    for (const std::string& value : fact.values) cells.push_back(value.empty() ? "–" : markdown_text(value));
    text += markdown_row(cells);
  }
  if (text.empty()) return "Machines, libraries, builds and options are the same.\n\n";
  return "What differs:\n\n" + markdown_row(header) + markdown_row(rule) + text + "\n";
}

std::string diff_text(const std::vector<NamedRun>& runs, const RunDiff& diff) {
  const NamedRun &base = runs[diff.base_run], &head = runs[diff.head_run];
  std::string text = fmt::format("## {} against {}\n\n", markdown_text(head.name), markdown_text(base.name));
  std::string rows;
  for (const RunDiff::Row& row : diff.rows)
    // What neither side measured is no news.
    if (row.ratio || base.run.results[row.base].median_s || head.run.results[row.head].median_s)
      rows += row_text(base.run, head.run, row);
  if (!rows.empty())
    rows = markdown_row({"kernel", "problem", "precision", markdown_text(base.name), markdown_text(head.name),
                         "speed-up \\[95%\\]", "what differs"}) +
           "| :-- | :-- | :-- | --: | --: | --: | :-- |\n" + rows + "\n";
  text += rows.empty() ? "The runs have no measured row in common.\n\n" : rows;
  return text + missing(base.run, diff.only_base, base.name) + missing(head.run, diff.only_head, head.name);
}

}  // namespace

std::string summary_markdown(std::vector<RecordFile> files, bool compare) {
  const std::vector<NamedRun> runs = named_runs(std::move(files));
  std::string text;
  if (compare) {
    require_two(runs);
    text = differing_facts(runs);
    for (std::size_t i = 1; i < runs.size(); ++i) text += diff_text(runs, compare_runs(runs, 0, i));
    return text +
           "Times a call; a speed-up above 1 says that the later run is faster. The interval covers what "
           "varied "
           "within the runs, not the drift between them.\n";
  }
  for (const NamedRun& run : runs) text += run_text(run, headline(run, peers({run})));
  return text;
}

}  // namespace gemmark
