#include "reports/run_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include "reports/result.hpp"

namespace gemmark {
namespace {

using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view,
                       std::string_view, std::string_view>;
using ByThreads = std::map<int, std::size_t>;

std::map<Key, ByThreads> rows_of(const RecordedRun& run) {
  std::map<Key, ByThreads> rows;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const ResultRecord& r = run.results[i];
    rows[{r.comparison, r.problem, r.kernel, r.device, r.mode, r.data}].try_emplace(r.threads, i);
  }
  return rows;
}

RunDiff::Row matched(const RecordedRun& base, std::size_t b, const RecordedRun& head, std::size_t h) {
  const ResultRecord &old = base.results[b], &now = head.results[h];
  RunDiff::Row row{.base = b, .head = h};
  if (is_ranked(old) && is_ranked(now)) row.ratio = ratio(old, now);
  const auto note = [&](const std::string& text) { row.note += (row.note.empty() ? "" : "; ") + text; };
  if (old.status != now.status)
    note(fmt::format("{}, then {}", old.status, now.status));
  else if (!row.ratio)
    note(old.status);
  if (!row.ratio && !now.why.empty()) note(now.why);
  if (old.threads != now.threads) note(fmt::format("threads {}, then {}", old.threads, now.threads));
  if (old.algorithm != now.algorithm)
    note(fmt::format("algorithm {}, then {}", old.algorithm.empty() ? "none" : old.algorithm,
                     now.algorithm.empty() ? "none" : now.algorithm));
  return row;
}

}  // namespace

RunDiff compare_runs(const std::vector<NamedRun>& runs, std::size_t base_run, std::size_t head_run) {
  const RecordedRun &base = runs[base_run].run, &head = runs[head_run].run;
  RunDiff diff{.base_run = base_run, .head_run = head_run};
  auto before = rows_of(base), after = rows_of(head);
  for (auto& [key, old] : before) {
    ByThreads& now = after[key];
    for (auto one = old.begin(); one != old.end();) {
      const auto same = now.find(one->first);
      if (same == now.end()) {
        ++one;
        continue;
      }
      diff.rows.push_back(matched(base, one->second, head, same->second));
      now.erase(same);
      one = old.erase(one);
    }
    if (old.size() != 1 || now.size() != 1) continue;
    diff.rows.push_back(matched(base, old.begin()->second, head, now.begin()->second));
    old.clear(), now.clear();
  }
  for (const auto& [key, left] : before)
    for (const auto& [threads, i] : left) diff.only_base.push_back(i);
  for (const auto& [key, left] : after)
    for (const auto& [threads, i] : left) diff.only_head.push_back(i);
  std::sort(diff.only_base.begin(), diff.only_base.end());
  std::sort(diff.only_head.begin(), diff.only_head.end());
  const auto order = [](const RunDiff::Row& row) {
    return std::tuple(!row.ratio, row.ratio ? row.ratio->value : 0, row.base);
  };
  std::sort(diff.rows.begin(), diff.rows.end(),
            [&](const auto& a, const auto& b) { return order(a) < order(b); });
  return diff;
}

void require_two(const std::vector<NamedRun>& runs) {
  if (runs.size() < 2)
    throw std::runtime_error("--compare needs at least two runs: a base, and what is set against it");
}

}  // namespace gemmark
