#include "reports/page_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "reports/engine.hpp"
#include "reports/page.hpp"
#include "reports/result.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

json chart_named(std::string_view name) {
  for (const Asset& one : page_assets())
    if (one.name == fmt::format("charts/{}.json", name)) return json::parse(one.content);
  throw std::logic_error(fmt::format("charts/{}.json is not built in", name));
}

json charts() {
  json all = json::array();
  for (const Asset& one : page_assets())
    if (one.name.starts_with("charts/")) {
      const std::string_view file = one.name.substr(one.name.find('/') + 1);
      json chart = json::parse(one.content);
      // A chart may be another one with other words.
      if (const auto like = chart.find("like"); like != chart.end()) {
        json other = chart_named(like->get<std::string>());
        chart.erase("like");
        other.update(chart);
        chart = std::move(other);
      }
      chart["name"] = file.substr(0, file.rfind('.'));
      all.push_back(std::move(chart));
    }
  std::stable_sort(all.begin(), all.end(), [](const json& a, const json& b) {
    return a.at("usermeta").at("order") < b.at("usermeta").at("order");
  });
  return all;
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

// What the scripts need of the rows' relations: parallel columns, one entry a result.
json relations(const std::vector<NamedRun>& runs, const std::vector<Peer>& peers) {
  json columns = {{"run", json::array()},     {"group", json::array()},  {"threads", json::array()},
                  {"size", json::array()},    {"vendor", json::array()}, {"speedup", json::array()},
                  {"problem", json::array()}, {"engine", json::array()}, {"beside", json::array()}};
  std::size_t i = 0;
  for (const NamedRun& run : runs)
    for (const ResultRecord& r : run.run.results) {
      const Peer& peer = peers[i++];
      columns["run"].push_back(peer.run);
      columns["group"].push_back(peer.group);
      columns["threads"].push_back(peer.threads);
      columns["size"].push_back(or_null(peer.size));
      columns["vendor"].push_back(or_null(peer.vendor));
      json speedup;
      if (peer.speedup) {
        speedup = {peer.speedup->value};
        if (peer.speedup->ci95)
          speedup.insert(speedup.end(), {peer.speedup->ci95->first, peer.speedup->ci95->second});
      }
      columns["speedup"].push_back(std::move(speedup));
      columns["problem"].push_back(short_problem(r.problem));
      columns["engine"].push_back(engine_name(engine(r)));
      columns["beside"].push_back(is_beside_others(r));
    }
  return columns;
}

std::vector<std::size_t> first_results(const std::vector<NamedRun>& runs) {
  std::vector<std::size_t> first{0};
  for (const NamedRun& run : runs) first.push_back(first.back() + run.run.results.size());
  return first;
}

json differences(const std::vector<NamedRun>& runs, const std::vector<RunDiff>& diffs) {
  const auto first = first_results(runs);
  json all = json::array();
  for (const RunDiff& diff : diffs)
    for (const RunDiff::Row& row : diff.rows) {
      if (!row.ratio) continue;
      json one = {{"base", first[diff.base_run] + row.base},
                  {"head", first[diff.head_run] + row.head},
                  {"ratio", row.ratio->value},
                  {"note", row.note}};
      if (row.ratio->ci95) one["ci95"] = {row.ratio->ci95->first, row.ratio->ci95->second};
      all.push_back(std::move(one));
    }
  return all;
}

}  // namespace

json page_description(const std::vector<NamedRun>& runs, const std::vector<Peer>& peers,
                      const std::vector<RunDiff>& diffs) {
  json names = json::array();
  for (const NamedRun& run : runs) names.push_back(run.name);
  return {{"runs", names},
          {"relations", relations(runs, peers)},
          {"differences", differences(runs, diffs)},
          {"charts", charts()}};
}

std::vector<Peer> peers_of_run(const std::vector<NamedRun>& runs, const std::vector<Peer>& peers,
                               std::size_t run) {
  const auto first = first_results(runs);
  return {peers.begin() + static_cast<std::ptrdiff_t>(first[run]),
          peers.begin() + static_cast<std::ptrdiff_t>(first[run + 1])};
}

}  // namespace gemmark
