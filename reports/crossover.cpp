#include "reports/crossover.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace gemmark {
namespace {

constexpr std::string_view offload = "offload", host = "host";
constexpr std::array<std::string_view, 3> modes{"latency", "cold", "hot"};

using Times = std::map<double, double>;  // by size: seconds of the fastest row

// What both sides measured, and from where on the device leads.
void join(Crossover& crossover, const Times& cpu, const Times& device) {
  for (const auto& [size, seconds] : device)
    if (const auto there = cpu.find(size); there != cpu.end())
      crossover.points.push_back({size, there->second, seconds});
  for (auto point = crossover.points.rbegin(); point != crossover.points.rend(); ++point) {
    if (!(point->device_s < point->cpu_s)) break;
    crossover.size = point->size;
  }
}

}  // namespace

std::vector<Crossover> crossovers(const RecordedRun& run, const std::vector<Peer>& peers) {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;  // op, precision, device, mode
  std::map<Key, Times> times;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const ResultRecord& r = run.results[i];
    if (!is_ranked(r) || !peers[i].size) continue;
    const auto [best, fresh] =
        times[{r.op, r.precision, r.device, r.mode}].try_emplace(*peers[i].size, *r.median_s);
    if (!fresh) best->second = std::min(best->second, *r.median_s);
  }
  std::map<std::tuple<std::string, std::string, std::string, bool>, Crossover> found;
  for (const auto& [key, device_times] : times) {
    const auto& [op, precision, device, mode] = key;
    if (device == host) continue;
    const bool transfers = mode == offload;
    for (const std::string_view cpu_mode : modes) {
      if (!transfers && cpu_mode != mode) continue;
      const auto cpu = times.find({op, precision, std::string(host), std::string(cpu_mode)});
      if (cpu == times.end()) continue;
      Crossover one{.op = op, .precision = precision, .device = device, .transfers = transfers};
      join(one, cpu->second, device_times);
      // What a caller waits for is the best answer, so that latency comes before cold before hot.
      auto& kept = found[{op, precision, device, transfers}];
      const bool better = kept.points.empty() || mode == modes[0];
      if (better && !one.points.empty()) kept = std::move(one);
      if (transfers) break;
    }
  }
  std::vector<Crossover> all;
  for (auto& [key, one] : found)
    if (!one.points.empty()) all.push_back(std::move(one));
  return all;
}

}  // namespace gemmark
