#include "reports/console_sink.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "reports/figures.hpp"
#include "reports/terminal.hpp"
#include "reports/text.hpp"
#include "reports/text_grid.hpp"

namespace gemmark {
namespace {

Ink ink(ComparisonTable::Tone tone) {
  constexpr std::array<Ink, 4> inks{Ink::bold, Ink::plain, Ink::yellow, Ink::red};
  return inks[static_cast<std::size_t>(tone)];
}

// Lines of a page's width, indented, those after the first more.
std::string paragraph(std::string_view text, const std::string& indent) {
  return wrapped(text, indent, indent + "  ", page_columns);
}

}  // namespace

std::string context_text(const nlohmann::json& context, bool colour) {
  const auto member = [](const nlohmann::json& of, const char* key) {
    return of.is_object() ? of.value(key, nlohmann::json()) : nlohmann::json();
  };
  const auto text = [](const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  std::vector<std::string> devices;
  for (const auto& device : member(member(context, "machine"), "devices")) {
    const int threads = device.value("max_threads", 1);
    devices.push_back(text(member(device, "model")) +
                      (threads > 1 ? fmt::format(" ({} threads)", threads) : ""));
  }
  std::string all = inked(fmt::format("gemmark {} on {}", text(member(member(context, "build"), "version")),
                                      fmt::join(devices, ", ")),
                          Ink::bold, colour) +
                    "\n";
  const nlohmann::json missing = member(member(context, "machine"), "missing_devices");
  for (const auto& [kind, why] : missing.items())
    all += inked(paragraph(fmt::format("not here: {} ({})", kind, text(why)), "  "), Ink::dim, colour) + "\n";
  for (const auto& library : member(context, "libraries"))
    for (const auto& sentence : member(library, "advice"))
      all += inked(paragraph("note: " + text(sentence), "  "), Ink::yellow, colour) + "\n";
  return all;
}

std::string table_text(const ComparisonTable& table, bool colour) {
  std::string text =
      inked(table.title, Ink::bold, colour) + "  " + inked(table.subtitle, Ink::dim, colour) + "\n";
  if (!table.rows.empty()) {
    TextGrid grid;
    for (const auto& column : table.columns) grid.add_column(column.header, column.right);
    for (const auto& row : table.rows) grid.add_row(row.cells);
    const std::vector<std::string> lines = grid.lines("  ", page_columns);
    text += inked(lines[0], Ink::dim, colour) + "\n";
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const auto& row = table.rows[i];
      if (row.starts_group && i > 0) text += "\n";
      text += inked(lines[i + 1], ink(row.tone), colour) + "\n";
      if (!row.note.empty())
        text += inked(paragraph("not ranked: " + row.note, "    "), ink(row.tone), colour) + "\n";
    }
  }
  if (!table.beside_others.empty())
    text += inked(paragraph("disturbed: " + table.beside_others, "  "), Ink::yellow, colour) + "\n";
  for (const auto& refusal : table.not_run)
    text += inked(paragraph("not run: " + refusal.text, "  "), Ink::dim, colour) + "\n";
  return text;
}

std::string summary_text(const RunSummary& summary, bool colour) {
  int rows = 0;
  std::vector<std::string> counts;
  for (const auto& [status, count] : summary.rows_by_status) {
    if (count == 0) continue;
    rows += count;
    const std::string text = fmt::format("{} {}", count, status);
    const bool bad =
        status == name(Status::wrong) || status == name(Status::failed) || status == name(Status::timeout);
    const Ink ink = bad ? Ink::red : status == name(Status::mistrusted) ? Ink::yellow : Ink::plain;
    counts.push_back(inked(text, ink, colour));
  }
  std::string text = fmt::format("{} row{}: {}\n", rows, rows == 1 ? "" : "s", fmt::join(counts, ", "));
  text +=
      fmt::format("took {}: sampling {}, verification {}, set-up {}, limits {}\n", clock_text(summary.wall_s),
                  clock_text(summary.sampling_s), clock_text(summary.verification_s),
                  clock_text(summary.setup_s), clock_text(summary.ceiling_s));
  return text;
}

void ConsoleSink::on_context(const nlohmann::json& context) {
  out_ << context_text(context, colour_) << std::endl;
}

void ConsoleSink::print_ceilings() {
  if (ceilings_.empty()) return;
  out_ << ceilings_text(ceilings_, colour_) << "\n";
  ceilings_.clear();
}

void ConsoleSink::on_result(const ResultRecord& record) {
  const bool refused =
      record.status == name(Status::unsupported) || record.status == name(Status::unavailable);
  (refused ? refused_ : results_).push_back(record);
  findings_.add(record);
}

void ConsoleSink::print_table(std::vector<ResultRecord> results) {
  const ResultRecord any = results.front();
  std::set<std::string> devices;
  for (const ResultRecord& r : results) devices.insert(r.device);
  const auto same = [&](const ResultRecord& r) {
    return std::tie(r.comparison, r.mode) == std::tie(any.comparison, any.mode) && devices.contains(r.device);
  };
  std::copy_if(refused_.begin(), refused_.end(), std::back_inserter(results), same);
  std::erase_if(refused_, same);
  ComparisonTable table = tabulate(results);
  // What is missing on this machine is missing in every comparison; once is enough.
  std::erase_if(table.not_run, [&](const auto& r) { return r.lasting && !told_.insert(r.text).second; });
  noisy_ = noisy_ || table.noisy;
  if (!table.rows.empty() || !table.not_run.empty()) out_ << table_text(table, colour_) << std::endl;
}

void ConsoleSink::on_comparison_end() {
  print_ceilings();
  if (!results_.empty()) print_table(std::exchange(results_, {}));
}

void ConsoleSink::on_end(const RunSummary& summary) {
  on_comparison_end();
  while (!refused_.empty()) print_table({refused_.front()});
  if (noisy_)
    out_ << inked(fmt::format("{} the interval did not reach its target within the time limit", noisy_mark),
                  Ink::dim, colour_)
         << "\n";
  out_ << findings_.text() << summary_text(summary, colour_) << std::flush;
}

}  // namespace gemmark
