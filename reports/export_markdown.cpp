#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/comparison_table.hpp"
#include "reports/export.hpp"

namespace gemmark {
namespace {

// What would end a cell or start markup, disarmed.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("|*<`\\").find(c) != std::string_view::npos) result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string line(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string markdown(const ComparisonTable& table) {
  std::string text = fmt::format("### `{}`\n\n{}\n\n", table.title, escaped(table.subtitle));
  if (!table.rows.empty()) {
    std::vector<std::string> headers, rules;
    for (const auto& column : table.columns) {
      headers.push_back(escaped(column.header));
      rules.emplace_back(column.right ? "--:" : ":--");
    }
    text += line(headers) + line(rules);
    std::vector<std::string> notes;
    for (const auto& row : table.rows) {
      std::vector<std::string> cells;
      for (const std::string& cell : row.cells)
        cells.push_back(escaped(cell.substr(0, cell.find_last_not_of(' ') + 1)));
      cells[0] = fmt::format("`{}`", row.cells[0]);
      if (row.tone == ComparisonTable::Tone::best) cells[0] = fmt::format("**{}**", cells[0]);
      text += line(cells);
      if (!row.note.empty())
        notes.push_back(fmt::format("- not ranked: {}: {}\n", cells[0], escaped(row.note)));
    }
    text += "\n";
    for (const std::string& note : notes) text += note;
  }
  for (const auto& refusal : table.not_run) text += fmt::format("- not run: {}\n", escaped(refusal.text));
  return text + "\n";
}

}  // namespace

std::string export_markdown(const RecordFile& file) {
  std::string text;
  bool noisy = false;
  for (std::size_t run = 0; run < file.runs.size(); ++run) {
    if (file.runs.size() > 1) text += fmt::format("## Run {}\n\n", run + 1);
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
