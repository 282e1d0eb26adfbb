#include "reports/offload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "kernels/api/problem.hpp"
#include "reports/ratio.hpp"
#include "reports/text.hpp"

namespace gemmark {
namespace {

// The problem without the extents that a sweep varies.
std::string family_of(const Gemm& gemm, bool square) {
  std::string text;
  const std::string whole = to_text(gemm);
  for (const std::string_view word : words(whole)) {
    const bool varies =
        word.starts_with("m=") || (square && (word.starts_with("n=") || word.starts_with("k=")));
    if (!varies) text.append(text.empty() ? "" : " ").append(word);
  }
  return text;
}

struct Best {
  double seconds = 0;
  std::string kernel;
};

// Family, precision and what varies; then size; then device and mode.
using Place = std::tuple<std::string, std::string, std::string>;
using Contest = std::map<std::pair<std::string, std::string>, Best>;

void enter(Contest& contest, const ResultRecord& r) {
  Best& best = contest[{r.device, r.mode}];
  if (!best.kernel.empty() && best.seconds <= *r.median_s) return;
  best = {*r.median_s, r.kernel};
}

const std::string host = "host", latency(name(Mode::latency)), offload(name(Mode::offload));

}  // namespace

std::optional<std::int64_t> Crossover::from() const {
  std::optional<std::int64_t> found;
  for (auto point = points.rbegin(); point != points.rend() && point->device_s < point->host_s; ++point)
    found = point->size;
  return found;
}

std::string Crossover::verdict() const {
  const auto start = from();
  if (!start) return "never";
  return *start == points.front().size ? "always" : "from";
}

std::vector<Crossover> offload_crossovers(const std::vector<ResultRecord>& results) {
  std::vector<Place> order;
  std::map<Place, std::map<std::int64_t, Contest>> sweeps;
  for (const ResultRecord& r : results) {
    if (r.status != name(Status::ok) || !r.median_s || (r.mode != latency && r.mode != offload)) continue;
    const Problem problem = parse_problem(r.problem);
    const auto* gemm = std::get_if<Gemm>(&problem);
    if (gemm == nullptr) continue;
    for (const bool square : {true, false}) {  // a square may also be one of a layer's batches
      if (square && (gemm->m != gemm->n || gemm->n != gemm->k)) continue;
      const Place place{square ? "m=n=k" : "m", family_of(*gemm, square), r.precision};
      if (!sweeps.contains(place)) order.push_back(place);
      enter(sweeps[place][gemm->m], r);
    }
  }
  std::vector<Crossover> all;
  for (const Place& place : order) {
    std::map<std::pair<std::string, std::string>, Crossover> found;
    for (const auto& [size, contest] : sweeps[place]) {
      const auto at_home = contest.find({host, latency});
      if (at_home == contest.end()) continue;
      for (const auto& [where, best] : contest) {
        if (where.first == host) continue;
        Crossover& crossover = found[where];
        std::tie(crossover.varies, crossover.family, crossover.precision) = place;
        crossover.device = where.first;
        crossover.transfers = where.second == offload;
        crossover.points.push_back(
            {size, at_home->second.seconds, best.seconds, at_home->second.kernel, best.kernel});
      }
    }
    for (auto& [where, crossover] : found)
      if (crossover.points.size() >= 2) all.push_back(std::move(crossover));
  }
  return all;
}

nlohmann::json crossover_json(const Crossover& c) {
  nlohmann::json points = nlohmann::json::array();
  for (const OffloadPoint& p : c.points)
    points.push_back({{"size", p.size},
                      {"host_s", p.host_s},
                      {"device_s", p.device_s},
                      {"host_kernel", p.host_kernel},
                      {"device_kernel", p.device_kernel}});
  const auto start = c.from();
  return {{"record", "summary"},
          {"kind", "offload-crossover"},
          {"varies", c.varies},
          {"family", c.family},
          {"precision", c.precision},
          {"device", c.device},
          {"transfers", c.transfers},
          {"verdict", c.verdict()},
          {"from", start ? nlohmann::json(*start) : nlohmann::json()},
          {"points", points}};
}

std::string crossover_text(const Crossover& c) {
  const OffloadPoint &first = c.points.front(), &last = c.points.back();
  std::string when;
  if (c.verdict() == "always")
    when = fmt::format("wins at every {} measured, from {}", c.varies, first.size);
  else if (c.verdict() == "never")
    when = fmt::format("does not win up to {} = {}", c.varies, last.size);
  else
    when = fmt::format("wins from {} = {}", c.varies, *c.from());
  return fmt::format("{}, {}: {} {} ({} at {}, {} at {})", c.family,
                     c.transfers ? "with transfers" : "operands in place", c.device, when,
                     times_text(first.host_s / first.device_s), first.size,
                     times_text(last.host_s / last.device_s), last.size);
}

}  // namespace gemmark
