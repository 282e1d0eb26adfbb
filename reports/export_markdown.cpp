#include <fmt/format.h>

#include "reports/comparison_table.hpp"
#include "reports/export.hpp"
#include "reports/headline.hpp"
#include "reports/markdown.hpp"

namespace gemmark {
namespace {

std::string markdown(const ComparisonTable& table) {
  std::string text =
      fmt::format("### {}\n\n{}\n\n", markdown_code(table.title), markdown_text(table.subtitle));
  if (!table.rows.empty()) {
    std::vector<std::string> headers, rules;
    for (const auto& column : table.columns) {
      headers.push_back(markdown_text(column.header));
      rules.emplace_back(column.right ? "--:" : ":--");
    }
    text += markdown_row(headers) + markdown_row(rules);
    std::vector<std::string> notes;
    for (const auto& row : table.rows) {
      std::vector<std::string> cells;
      for (const std::string& cell : row.cells)
        cells.push_back(markdown_text(cell.substr(0, cell.find_last_not_of(' ') + 1)));
      cells[0] = markdown_code(row.cells[0]);
      if (row.tone == ComparisonTable::Tone::best) cells[0] = fmt::format("**{}**", cells[0]);
      text += markdown_row(cells);
      if (!row.note.empty())
        notes.push_back(fmt::format("- not ranked: {}: {}\n", cells[0], markdown_text(row.note)));
    }
    text += "\n";
    for (const std::string& note : notes) text += note;
  }
  if (!table.beside_others.empty()) text += fmt::format("- disturbed: {}\n", table.beside_others);
  for (const auto& refusal : table.not_run)
    text += fmt::format("- not run: {}\n", markdown_text(refusal.text));
  return text + "\n";
}

}  // namespace

std::string export_markdown(const RecordFile& file) {
  std::string text;
  bool noisy = false;
  for (std::size_t run = 0; run < file.runs.size(); ++run) {
    const std::string machine = machine_title(file.runs[run]);
    text += fmt::format("## {}{}\n\n{}\n\n", file.runs.size() > 1 ? fmt::format("Run {}: ", run + 1) : "",
                        markdown_text(machine), markdown_text(about(file.runs[run], machine)));
    for (const auto& comparison : by_comparison(file.runs[run].results)) {
      const ComparisonTable table = tabulate(comparison);
      noisy = noisy || table.noisy;
      text += markdown(table);
    }
  }
  if (noisy)
    text += fmt::format("{} the interval did not reach its target within the time limit\n", noisy_mark);
  return text;
}

}  // namespace gemmark
