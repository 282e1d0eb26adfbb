#include "reports/peers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

#include "reports/comparison_table.hpp"
#include "reports/result.hpp"

namespace gemmark {
namespace {

std::optional<double> size_of(std::string_view text) {
  const auto problem = problem_of(text);
  if (!problem) return std::nullopt;
  if (const auto* gemm = std::get_if<Gemm>(&*problem);
      gemm != nullptr && gemm->m == gemm->n && gemm->n == gemm->k && gemm->batch == 1)
    return static_cast<double>(gemm->m);
  if (const auto* attention = std::get_if<Attention>(&*problem);
      attention != nullptr && attention->sq == attention->skv)
    return static_cast<double>(attention->sq);
  return std::nullopt;
}

// Peers of one run's results; `first` is the index of its first result, `groups` counts on.
void add_peers(std::vector<Peer>& peers, const RecordedRun& run, std::size_t number, std::size_t& groups) {
  const std::size_t first = peers.size();
  peers.resize(first + run.results.size());
  for (const auto& group : comparison_groups(run.results)) {
    std::map<std::string_view, int> threads;
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> vendor;
    for (const std::size_t i : group) {
      const ResultRecord& r = run.results[i];
      threads[r.device] = std::max(threads[r.device], r.threads);
      if (r.role != name(Role::vendor) || !is_ranked(r)) continue;
      const auto [best, fresh] = vendor.try_emplace({r.precision, r.device}, i);
      if (!fresh && *r.median_s < *run.results[best->second].median_s) best->second = i;
    }
    for (const std::size_t i : group) {
      const ResultRecord& r = run.results[i];
      Peer& peer = peers[first + i];
      peer = {.run = number, .group = groups, .threads = threads[r.device], .size = size_of(r.problem)};
      const auto best = vendor.find({r.precision, r.device});
      if (best == vendor.end()) continue;
      peer.vendor = first + best->second;
      if (is_ranked(r)) peer.speedup = ratio(run.results[best->second], r);
    }
    ++groups;
  }
}

}  // namespace

std::vector<NamedRun> named_runs(std::vector<RecordFile> files) {
  std::vector<NamedRun> runs;
  std::set<std::string> taken;
  for (RecordFile& file : files)
    for (std::size_t i = 0; i < file.runs.size(); ++i) {
      const std::string stem = std::filesystem::path(file.path).stem().string();
      std::string name = file.runs.size() > 1 ? fmt::format("{} {}", stem, i + 1) : stem;
      for (int again = 2; !taken.insert(name).second; ++again) name = fmt::format("{} ({})", stem, again);
      runs.push_back({name, std::move(file.runs[i])});
    }
  return runs;
}

std::vector<Peer> peers(const std::vector<NamedRun>& runs) {
  std::vector<Peer> all;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) add_peers(all, runs[i].run, i, groups);
  return all;
}

}  // namespace gemmark
