// The measured limits as a table: a line each, a column a thread count, the datasheet's figure beside them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "kernels/api/precision.hpp"
#include "reports/console_sink.hpp"
#include "reports/figures.hpp"
#include "reports/terminal.hpp"
#include "reports/text_grid.hpp"

namespace gemmark {
namespace {

using Line = std::tuple<std::string, std::string, std::string>;  // device, kind, label

std::string value_text(const CeilingRecord& ceiling, double value) {
  const bool compute = ceiling.kind == "compute", tera = compute && ceiling.value >= 10e12;
  return fmt::format("{} {}{}", number_text(value / (tera ? 1e12 : 1e9)), tera ? "T" : "G",
                     compute ? rate_unit(ceiling.precision.value_or("")) : "B/s");
}

std::string loop_name(const CeilingRecord& c) {
  return c.backend.empty() || c.name.starts_with(c.backend) ? c.name
                                                            : fmt::format("{} {}", c.backend, c.name);
}

std::string label_of(const CeilingRecord& c) {
  if (c.kind == "compute") return c.precision.value_or(c.name);
  if (c.kind == "link") return c.name;
  return c.cache_level == 0 ? "memory " + c.name : fmt::format("L{} read", c.cache_level);
}

/// The best loop, then the other instruction paths as shares of it.
std::string paths_text(const std::vector<const CeilingRecord*>& line, const CeilingRecord& best) {
  std::string text = loop_name(best);
  std::vector<const CeilingRecord*> others;
  for (const CeilingRecord* c : line)
    if (c->threads == best.threads && c->backend != best.backend) others.push_back(c);
  std::sort(others.begin(), others.end(), [](auto* a, auto* b) { return a->value > b->value; });
  for (const CeilingRecord* c : others)
    text += fmt::format("{} {} {}", c == others.front() ? ";" : ",", loop_name(*c),
                        percent_text(c->value / best.value));
  return text;
}

/// The table of one device.
TextGrid grid_of(const std::vector<Line>& lines,
                 const std::map<Line, std::vector<const CeilingRecord*>>& all) {
  std::vector<int> threads;
  bool datasheet = false;
  for (const Line& line : lines)
    for (const CeilingRecord* c : all.at(line)) {
      datasheet = datasheet || c->datasheet;
      if (std::find(threads.begin(), threads.end(), c->threads) == threads.end())
        threads.push_back(c->threads);
    }
  std::sort(threads.begin(), threads.end());
  TextGrid grid;
  grid.add_column("limit", false);
  for (const int count : threads) {
    const bool only_one = threads.size() == 1 && count == 1;
    grid.add_column(only_one ? "measured" : fmt::format("{} thread{}", count, count == 1 ? "" : "s"), true);
  }
  if (datasheet) grid.add_column("datasheet", true);
  grid.add_column("by", false);
  for (const Line& line : lines) {
    const auto& [device, kind, label] = line;
    std::vector<std::string> cells{kind == "link" ? "link " + label : label};
    const CeilingRecord* last = nullptr;
    for (const int count : threads) {
      const CeilingRecord* best = nullptr;
      for (const CeilingRecord* c : all.at(line))
        if (c->threads == count && (best == nullptr || c->value > best->value)) best = c;
      cells.push_back(best != nullptr ? value_text(*best, best->value) : "");
      if (best != nullptr) last = best;
    }
    if (datasheet) cells.push_back(last->datasheet ? value_text(*last, *last->datasheet) : "");
    cells.push_back(kind == "compute" ? paths_text(all.at(line), *last) : loop_name(*last));
    grid.add_row(cells);
  }
  return grid;
}

/// Whether they are of another run, and since when the oldest stands.
std::string age_text(const std::vector<CeilingRecord>& ceilings, const std::string& device) {
  const CeilingRecord* oldest = nullptr;
  for (const CeilingRecord& c : ceilings)
    if (c.device == device && c.cached() && (oldest == nullptr || c.measured_utc < oldest->measured_utc))
      oldest = &c;
  return oldest == nullptr ? "" : fmt::format(" earlier, from {} on (cached)", oldest->measured_utc);
}

}  // namespace

std::string ceilings_text(const std::vector<CeilingRecord>& ceilings, bool colour) {
  // One line for each precision; each stream of main memory and each link by its name; what reads from a
  // cache.
  std::vector<Line> order;
  std::map<Line, std::vector<const CeilingRecord*>> all;
  for (const CeilingRecord& c : ceilings) {
    if (c.cache_level != 0 && !c.name.ends_with("read")) continue;
    const Line line(c.device, c.kind, label_of(c));
    if (all[line].empty()) order.push_back(line);
    all[line].push_back(&c);
  }
  const auto rank = [](const Line& line) {
    const auto& [device, kind, label] = line;
    const auto precision = precision_named(label);
    const int place = kind == "compute" ? 0 : kind == "bandwidth" ? 1 : 2;
    const bool cache = place == 1 && label.starts_with('L');
    return std::tuple(device, place, cache, precision ? static_cast<int>(*precision) : 99);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const Line& a, const Line& b) { return rank(a) < rank(b); });
  std::string text;
  for (auto first = order.begin(); first != order.end();) {
    const std::string& device = std::get<0>(*first);
    const auto last =
        std::find_if(first, order.end(), [&](const Line& line) { return std::get<0>(line) != device; });
    const std::vector<std::string> lines = grid_of({first, last}, all).lines("  ", page_columns);
    text += inked("limits of " + device + ", measured" + age_text(ceilings, device), Ink::bold, colour) +
            "\n" + inked(lines[0], Ink::dim, colour) + "\n";
    for (std::size_t i = 1; i < lines.size(); ++i) text += lines[i] + "\n";
    first = last;
  }
  return text;
}

}  // namespace gemmark
