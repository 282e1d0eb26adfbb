#include "reports/comparison_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "reports/figures.hpp"
#include "reports/reason.hpp"
#include "reports/result.hpp"

namespace gemmark {
namespace {

using Tone = ComparisonTable::Tone;

Status status_of(const ResultRecord& r) { return status_named(r.status).value_or(Status::failed); }
bool refused(const ResultRecord& r) {
  const Status status = status_of(r);
  return status == Status::unsupported || status == Status::unavailable || status == Status::skipped;
}
bool has_figures(const ResultRecord& r) { return is_ranked(r) || status_of(r) == Status::mistrusted; }

// "gemm/avx512_packed" is avx512_packed under a title that says gemm.
std::string short_name(const ResultRecord& r) {
  const std::string prefix = r.op + "/";
  return r.kernel.starts_with(prefix) ? r.kernel.substr(prefix.size()) : r.kernel;
}

/// What the measured rows of one table have in common: which columns pay their way, which unit fits.
struct Context {
  explicit Context(const std::vector<const ResultRecord*>& rows) {
    std::set<std::string> seen_devices;
    std::set<int> seen_threads;
    double fastest = 0;
    for (const ResultRecord* r : rows) {
      seen_devices.insert(r->device);
      seen_threads.insert(r->threads);
      if (!has_figures(*r)) continue;
      fastest = std::max(fastest, r->tflops.value_or(0));
      bandwidth = bandwidth || (r->bound == "bandwidth" && r->gbps);
      limit = limit || r->ceiling_fraction;
      (is_integer(r->precision) ? integers : floats) = true;
      if (r->role == name(Role::vendor) && is_ranked(*r)) {
        double& best = best_vendor[{r->precision, r->device}];
        if (best == 0 || *r->median_s < best) best = *r->median_s;
      }
    }
    devices = seen_devices.size() > 1;
    threads = seen_threads.size() > 1;
    tera = fastest >= 10;
  }

  bool devices = false, threads = false, bandwidth = false, limit = false, integers = false, floats = false,
       tera = false;
  std::map<std::pair<std::string, std::string>, double> best_vendor;  // seconds, by precision and device
};

struct Cell {
  ComparisonTable::Column column;
  std::function<std::string(const ResultRecord&)> text;
};

std::string limit_text(const ResultRecord& r) {
  if (!r.ceiling_fraction) return "-";
  return fmt::format("{} {}", percent_text(*r.ceiling_fraction), limit_word(r));
}

std::string ratio_text(const ResultRecord& r, const Context& context) {
  const auto vendor = context.best_vendor.find({r.precision, r.device});
  if (!is_ranked(r) || vendor == context.best_vendor.end()) return "-";
  const double ratio = vendor->second / *r.median_s;
  return fmt::format("{:.{}f}×", ratio, ratio < 0.0095 ? 3 : 2);
}

class Cells {
 public:
  using Text = std::function<std::string(const ResultRecord&)>;

  void left(std::string header, Text text) { add(std::move(header), false, std::move(text)); }
  void right(std::string header, Text text) { add(std::move(header), true, std::move(text)); }
  /// A figure of a row that was not measured, or not believed, is no figure.
  void figure(std::string header, Text text) {
    right(std::move(header), [text = std::move(text)](const ResultRecord& r) {
      return has_figures(r) ? text(r) : std::string();
    });
  }
  std::vector<Cell> all;

 private:
  void add(std::string header, bool to_the_right, Text text) {
    all.push_back({{std::move(header), to_the_right}, std::move(text)});
  }
};

std::vector<Cell> cells(const Context& context) {
  Cells cells;
  cells.left("kernel", short_name);
  if (context.devices) cells.left("device", [](const ResultRecord& r) { return r.device; });
  cells.left("type", [](const ResultRecord& r) { return r.precision; });
  if (context.threads) cells.right("thr", [](const ResultRecord& r) { return std::to_string(r.threads); });
  cells.figure("time", [](const ResultRecord& r) { return time_text(r.median_s); });
  // A row that is not ranked has no interval worth stating; its status stands there instead.
  cells.right("±95%", [](const ResultRecord& r) {
    if (!is_ranked(r)) return r.status;
    return interval_text(r) + std::string(r.stop == name(Stop::noisy) ? noisy_mark : " ");
  });
  const std::string unit =
      fmt::format("{}{}", context.tera ? "T" : "G", rate_unit(context.integers, context.floats));
  cells.figure(unit, [scale = context.tera ? 1 : 1000](const ResultRecord& r) {
    return r.tflops ? number_text(*r.tflops * scale) : "-";
  });
  if (context.bandwidth)
    cells.figure("GB/s", [](const ResultRecord& r) {
      return r.bound == "bandwidth" && r.gbps ? number_text(*r.gbps) : std::string();
    });
  if (context.limit) cells.figure("of limit", limit_text);
  if (!context.best_vendor.empty())
    cells.figure("vs vendor", [context](const ResultRecord& r) { return ratio_text(r, context); });
  cells.right("err/bound", error_text);
  return std::move(cells.all);
}

Tone tone(const ResultRecord& r, bool first) {
  if (is_ranked(r)) return first ? Tone::best : Tone::plain;
  return status_of(r) == Status::mistrusted ? Tone::doubtful : Tone::bad;
}

std::vector<ComparisonTable::Refusal> condense(const std::vector<ResultRecord>& results) {
  std::map<std::string, std::set<std::string>> rows_of;  // by kernel: the precisions it has rows in
  using Kind = std::pair<std::string, std::string>;      // status, pattern of the reason
  std::vector<Kind> kinds;
  std::map<Kind, std::vector<const ResultRecord*>> rows;
  std::map<Kind, Reason> reasons;
  for (const ResultRecord& r : results) {
    rows_of[r.kernel].insert(r.precision);
    if (!refused(r)) continue;
    const Kind kind(r.status, reason_pattern(r.why));
    if (rows[kind].empty()) kinds.push_back(kind);
    rows[kind].push_back(&r);
    reasons[kind].add(r.why);
  }
  std::vector<ComparisonTable::Refusal> refusals;
  for (const Kind& kind : kinds) {
    std::vector<std::string> names;
    std::map<std::string, std::vector<std::string>> precisions;
    for (const ResultRecord* r : rows[kind]) {
      auto& of_kernel = precisions[r->kernel];
      if (of_kernel.empty()) names.push_back(r->kernel);
      // Once for every number of threads.
      if (std::find(of_kernel.begin(), of_kernel.end(), r->precision) == of_kernel.end())
        of_kernel.push_back(r->precision);
    }
    for (std::string& kernel : names) {
      const auto& refused_in = precisions[kernel];
      const bool everywhere = refused_in.size() == rows_of[kernel].size();
      const std::string shown(short_kernel(kernel));
      kernel = everywhere ? shown : fmt::format("{} {}", shown, fmt::join(refused_in, " "));
    }
    refusals.push_back({fmt::format("{} ({}: {})", fmt::join(names, ", "), kind.first, reasons[kind].text()),
                        kind.first != name(Status::skipped)});
  }
  return refusals;
}

// Where a row has no samples that were taken alone, its figure tells of others as well.
std::string others_text(const std::vector<const ResultRecord*>& rows) {
  std::vector<double> shares;
  std::size_t measured = 0;
  for (const ResultRecord* r : rows) {
    if (!has_figures(*r)) continue;
    ++measured;
    if (is_beside_others(*r))
      shares.push_back(*r->contended_samples / static_cast<double>(r->samples_s.size()));
  }
  if (shares.empty()) return {};
  const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
  const std::string low = percent_text(*least), high = percent_text(*most);
  return fmt::format("{}{} of the samples of {} of {} rows", beside_others_words,
                     low == high ? low : low + " to " + high, shares.size(), measured);
}

}  // namespace

ComparisonTable tabulate(const std::vector<ResultRecord>& results) {
  ComparisonTable table;
  if (results.empty()) return table;
  const ResultRecord& any = results.front();
  table.title = any.comparison;

  std::vector<const ResultRecord*> rows;
  for (const ResultRecord& r : results)
    if (!refused(r)) rows.push_back(&r);
  const auto order = [](const ResultRecord* r) {
    return std::tuple(precision_rank(r->precision), r->device, !is_ranked(*r), !has_figures(*r),
                      r->median_s.value_or(0));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](auto* a, auto* b) { return order(a) < order(b); });

  const Context context(rows);
  table.subtitle = any.mode + (context.devices ? std::string() : ", " + any.device);
  if (!context.threads && !rows.empty())
    table.subtitle += fmt::format(", {} thread{}", rows[0]->threads, rows[0]->threads == 1 ? "" : "s");
  if (any.data != "uniform" && !any.data.empty()) table.subtitle += ", data " + any.data;

  const std::vector<Cell> columns = cells(context);
  for (const Cell& cell : columns) table.columns.push_back(cell.column);
  std::set<std::pair<std::string, std::string>> begun, led;  // groups with a row, with a ranked one
  for (const ResultRecord* r : rows) {
    const std::pair group(r->precision, r->device);
    const bool first = is_ranked(*r) && led.insert(group).second;
    ComparisonTable::Row row{.tone = tone(*r, first), .starts_group = begun.insert(group).second};
    for (const Cell& cell : columns) row.cells.push_back(cell.text(*r));
    if (!is_ranked(*r)) row.note = r->why.empty() ? "no reason given" : r->why;
    table.noisy = table.noisy || r->stop == name(Stop::noisy);
    table.rows.push_back(std::move(row));
  }
  table.beside_others = others_text(rows);
  table.not_run = condense(results);
  return table;
}

std::vector<std::vector<std::size_t>> comparison_groups(const std::vector<ResultRecord>& results) {
  std::vector<std::vector<std::size_t>> groups;
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::vector<std::size_t>> groups_of;  // a comparison's groups, in order
  using Row = std::tuple<std::size_t, std::string_view, std::string_view, std::string_view>;
  std::set<Row> taken;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ResultRecord& r = results[i];
    auto& candidates = groups_of[{r.comparison, r.mode, r.data}];
    // A row that comes again belongs to the same comparison at another number of threads.
    const auto group = std::find_if(candidates.rbegin(), candidates.rend(), [&](std::size_t g) {
      return !taken.contains({g, r.problem, r.kernel, r.device});
    });
    const std::size_t chosen = group == candidates.rend() ? groups.size() : *group;
    if (group == candidates.rend()) {
      groups.emplace_back();
      candidates.push_back(chosen);
    }
    taken.insert({chosen, r.problem, r.kernel, r.device});
    groups[chosen].push_back(i);
  }
  return groups;
}

std::vector<std::vector<ResultRecord>> by_comparison(const std::vector<ResultRecord>& results) {
  std::vector<std::vector<ResultRecord>> groups;
  for (const auto& indices : comparison_groups(results)) {
    auto& group = groups.emplace_back();
    for (const std::size_t i : indices) group.push_back(results[i]);
  }
  return groups;
}

}  // namespace gemmark
