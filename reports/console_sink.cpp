#include "reports/console_sink.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "kernels/api/precision.hpp"
#include "reports/figures.hpp"
#include "reports/terminal.hpp"
#include "reports/text_grid.hpp"

namespace gemmark {
namespace {

Ink ink(ComparisonTable::Tone tone) {
  constexpr std::array<Ink, 4> inks{Ink::bold, Ink::plain, Ink::yellow, Ink::red};
  return inks[static_cast<std::size_t>(tone)];
}

// Breaks between words, so that no line passes the page; every line is indented, those after the first more.
std::string wrapped(std::string_view text, std::string indent) {
  std::string lines, line = indent;
  indent += "  ";
  bool empty = true;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    if (!empty && width(line) + 1 + width(word) > page_columns) {
      lines += line + "\n";
      line = indent;
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return lines + line;
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
    all += inked(wrapped(fmt::format("not here: {} ({})", kind, text(why)), "  "), Ink::dim, colour) + "\n";
  for (const auto& library : member(context, "libraries"))
    for (const auto& sentence : member(library, "advice"))
      all += inked(wrapped("note: " + text(sentence), "  "), Ink::yellow, colour) + "\n";
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
        text += inked(wrapped("not ranked: " + row.note, "    "), ink(row.tone), colour) + "\n";
    }
  }
  for (const auto& refusal : table.not_run)
    text += inked(wrapped("not run: " + refusal.text, "  "), Ink::dim, colour) + "\n";
  return text;
}

std::string ceilings_text(const std::vector<CeilingRecord>& ceilings, bool colour) {
  // One line a limit: the best loop for each precision; each stream of main memory by its name.
  using Line = std::tuple<std::string, std::string, std::string>;  // device, kind, label
  std::vector<Line> order;
  std::map<Line, std::map<int, const CeilingRecord*>> best;  // by threads
  std::vector<int> threads;
  for (const CeilingRecord& c : ceilings) {
    if (c.cache_level != 0) continue;
    const Line line(c.device, c.kind, c.kind == "compute" ? c.precision.value_or(c.name) : c.name);
    auto& of_line = best[line];
    if (of_line.empty()) order.push_back(line);
    const CeilingRecord*& kept = of_line[c.threads];
    if (kept == nullptr || c.value > kept->value) kept = &c;
    if (std::find(threads.begin(), threads.end(), c.threads) == threads.end()) threads.push_back(c.threads);
  }
  std::sort(threads.begin(), threads.end());
  const auto rank = [](const Line& line) {
    const auto& [device, kind, label] = line;
    const auto precision = precision_named(label);
    return std::tuple(device, kind != "compute", precision ? static_cast<int>(*precision) : 0);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const Line& a, const Line& b) { return rank(a) < rank(b); });

  std::string text, device;
  TextGrid grid;
  const auto flush = [&] {
    if (device.empty()) return;
    const std::vector<std::string> lines = grid.lines("  ", page_columns);
    text += inked("limits of " + device + ", measured", Ink::bold, colour) + "\n" +
            inked(lines[0], Ink::dim, colour) + "\n";
    for (std::size_t i = 1; i < lines.size(); ++i) text += lines[i] + "\n";
  };
  for (const Line& line : order) {
    if (std::get<0>(line) != device) {
      flush();
      device = std::get<0>(line);
      grid = {};
      grid.add_column("limit", false);
      for (const int count : threads)
        grid.add_column(fmt::format("{} thread{}", count, count == 1 ? "" : "s"), true);
      grid.add_column("by", false);
    }
    const bool compute = std::get<1>(line) == "compute";
    std::vector<std::string> cells{compute ? std::get<2>(line) : "memory " + std::get<2>(line)};
    const CeilingRecord* last = nullptr;
    for (const int count : threads) {
      const auto found = best[line].find(count);
      if (found == best[line].end()) {
        cells.emplace_back();
        continue;
      }
      last = found->second;
      const bool tera = compute && last->value >= 10e12;
      cells.push_back(fmt::format("{} {}", number_text(last->value / (tera ? 1e12 : 1e9)),
                                  !compute ? "GB/s"
                                  : tera   ? "TFLOP/s"
                                           : "GFLOP/s"));
    }
    cells.push_back(last->backend.empty() || last->name.starts_with(last->backend)
                        ? last->name
                        : fmt::format("{} {}", last->backend, last->name));
    grid.add_row(cells);
  }
  flush();
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
  std::string text = fmt::format("{} rows: {}\n", rows, fmt::join(counts, ", "));
  text +=
      fmt::format("took {}: sampling {}, verification {}, set-up {}, limits {}\n", clock_text(summary.wall_s),
                  clock_text(summary.sampling_s), clock_text(summary.verification_s),
                  clock_text(summary.setup_s), clock_text(summary.ceiling_s));
  for (const std::string& missing : summary.missing_required)
    text += inked("required, but not here: " + missing, Ink::red, colour) + "\n";
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
  out_ << summary_text(summary, colour_) << std::flush;
}

}  // namespace gemmark
