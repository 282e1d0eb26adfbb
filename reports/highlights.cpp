#include "reports/highlights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "harness/stats.hpp"
#include "reports/engine.hpp"
#include "reports/fastest.hpp"
#include "reports/figures.hpp"
#include "reports/result.hpp"
#include "reports/text.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

std::string rate_in(const ResultRecord& r) {
  return fmt::format("{} in {}", rate_text(*r.tflops, r.precision), r.precision);
}

std::string problem_in(const RecordedRun& run, const ResultRecord& r) {
  return fmt::format("{} in {}{}", short_problem(r.problem), r.precision, mode_words(run, r));
}

// The fastest products of every engine and precision, by what was multiplied and how it was timed: a ratio of
// engines is one on the same problem.
using Place = std::tuple<std::string, std::string, std::string>;  // comparison, mode, data
using Fastest = std::map<std::pair<Engine, std::string>, const ResultRecord*>;

std::map<Place, Fastest> products(const RecordedRun& run) {
  const auto key = [](const ResultRecord& r) {
    return std::tuple(r.op, Place(r.comparison, r.mode, r.data), std::pair(engine(r), r.precision));
  };
  std::map<Place, Fastest> found;
  for (const auto& [what, row] : fastest(run.results, key))
    if (row->op == "gemm") found[std::get<1>(what)][std::get<2>(what)] = row;
  return found;
}

// Tensor cores are set against fp32 in all precisions but fp64, others in fp32 as well.
bool is_rival(const Fastest::value_type& one, Engine which) {
  const auto& [engine, precision] = one.first;
  return engine == which && (which == Engine::tensor_cores ? precision != "fp64" : precision == "fp32");
}

struct Match {
  const ResultRecord* base = nullptr;
  std::vector<const ResultRecord*> rivals{};
};

// The problem, of those that both engines did, on which the base does best in fp32.
Match match(const std::map<Place, Fastest>& products, Engine base, Engine which) {
  Match best;
  for (const auto& [place, rows] : products) {
    const auto fp32 = rows.find({base, "fp32"});
    if (fp32 == rows.end() || (best.base != nullptr && *fp32->second->tflops <= *best.base->tflops)) continue;
    Match one{.base = fp32->second};
    for (const auto& row : rows)
      if (is_rival(row, which)) one.rivals.push_back(row.second);
    if (!one.rivals.empty()) best = std::move(one);
  }
  return best;
}

std::string match_text(const RecordedRun& run, std::string_view who, const ResultRecord& fast,
                       const ResultRecord& base) {
  return fmt::format("{}: {} against {} on {}{}", who, rate_in(fast), rate_in(base),
                     short_problem(base.problem), mode_words(run, base));
}

// Tensor cores in the 16-bit precision that suits them best, which most programs that use them compute in;
// their other precisions stand behind it.
void add_tensor_cores(std::vector<Finding>& findings, const RecordedRun& run, const Match& match,
                      std::string_view over) {
  const auto speed = [&](const ResultRecord* r) { return *r->tflops / *match.base->tflops; };
  const auto rank = [&](const ResultRecord* r) {
    return std::pair(r->precision == "fp16" || r->precision == "bf16", speed(r));
  };
  const ResultRecord* shown = *std::max_element(match.rivals.begin(), match.rivals.end(),
                                                [&](auto* a, auto* b) { return rank(a) < rank(b); });
  std::map<int, std::string> others;
  for (const ResultRecord* r : match.rivals)
    if (r != shown)
      others[precision_rank(r->precision)] = fmt::format("{} {}", times_text(speed(r)), r->precision);
  std::string text = match_text(run, fmt::format("Tensor cores over {}", over), *shown, *match.base);
  std::string_view before = "; also ";
  for (const auto& [place, other] : others) text.append(std::exchange(before, ", ")).append(other);
  findings.push_back({times_text(speed(shown)), text});
}

void add_engines(std::vector<Finding>& findings, const RecordedRun& run) {
  const auto all = products(run);
  const Match cuda = match(all, Engine::cpu, Engine::cuda_cores);
  if (cuda.base != nullptr)
    findings.push_back({times_text(*cuda.rivals[0]->tflops / *cuda.base->tflops),
                        match_text(run, "CUDA cores over the CPU", *cuda.rivals[0], *cuda.base)});
  const Match over_cuda = match(all, Engine::cuda_cores, Engine::tensor_cores);
  if (over_cuda.base != nullptr) return add_tensor_cores(findings, run, over_cuda, "CUDA cores");
  const Match over_cpu = match(all, Engine::cpu, Engine::tensor_cores);
  if (over_cpu.base != nullptr) add_tensor_cores(findings, run, over_cpu, "the CPU");
}

// Why there is no GPU to set the CPU against.
void add_missing_devices(std::vector<Finding>& findings, const RecordedRun& run) {
  const json missing = run.context.value("/machine/missing_devices"_json_pointer, json::object());
  for (const auto& [kind, why] : missing.items())
    if (why.is_string())
      findings.push_back(
          {kind == "cuda" ? "no GPU" : "no " + kind,
           fmt::format("to set against the CPU, neither CUDA cores nor Tensor cores, and so no "
                       "crossover: {}",
                       why.get<std::string>())});
}

// "m=n=k" or "m, n=4096 k=4096": what a sweep varies, and what its problems share besides their precision.
std::string sweep_text(const json& crossover) {
  std::string text = crossover.at("varies");
  const std::string family = crossover.at("family");
  for (const std::string_view word : words(family))
    if (word.find('=') != std::string_view::npos && !word.starts_with("in=")) text.append(" ").append(word);
  return text;
}

// A finding a sweep of a device, with and without transfers: where each precision's lead begins.
void add_crossovers(std::vector<Finding>& findings, const RecordedRun& run) {
  struct Sweep {
    std::vector<std::string> precisions;
    std::optional<std::int64_t> first;
  };
  std::map<std::tuple<std::string, bool, std::string>, Sweep> sweeps;
  for (const json& one : run.findings) {
    if (one.value("kind", "") != "offload-crossover") continue;
    const std::string precision = one.at("precision");
    Sweep& sweep = sweeps[{one.at("device"), one.at("transfers"), sweep_text(one)}];
    const json& from = one.at("from");
    if (!from.is_number_integer()) {
      sweep.precisions.push_back(precision + " never");
      continue;
    }
    sweep.precisions.push_back(fmt::format("{} from {}{}", precision, from.get<std::int64_t>(),
                                           one.at("verdict") == "always" ? ", the smallest measured" : ""));
    sweep.first = std::min(sweep.first.value_or(from.get<std::int64_t>()), from.get<std::int64_t>());
  }
  for (const auto& [key, sweep] : sweeps) {
    const auto& [device, transfers, what] = key;
    findings.push_back({sweep.first ? fmt::format("from {}", *sweep.first) : "never",
                        fmt::format("{} beats the CPU{} ({}): {}", device_words(run, device),
                                    transfers ? ", its transfers counted" : ", operands already there", what,
                                    fmt::join(sweep.precisions, "; "))});
  }
}

// Our best against the vendors' best, once a comparison, precision and device. Only what an interval decides
// is counted as won; what it leaves open is named.
void add_vendors(std::vector<Finding>& findings, const RecordedRun& run, const std::vector<Peer>& peers) {
  struct Duel {
    Ratio ratio{.value = 0};
    const ResultRecord* own = nullptr;
    bool won() const { return ratio.ci95 && ratio.ci95->first >= 1; }
    bool lost() const { return ratio.ci95 && ratio.ci95->second < 1; }
  };
  std::map<std::string, std::map<std::tuple<std::size_t, std::string>, Duel>> devices;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const ResultRecord& r = run.results[i];
    if (r.role != name(Role::own) || !peers[i].speedup) continue;
    Duel& best = devices[r.device][{peers[i].group, r.precision}];
    if (peers[i].speedup->value > best.ratio.value) best = {*peers[i].speedup, &r};
  }
  for (const auto& [device, duels] : devices) {
    std::vector<double> ratios;
    std::size_t won = 0, open = 0;
    for (const auto& [key, duel] : duels) {
      ratios.push_back(duel.ratio.value);
      won += duel.won();
      open += !duel.won() && !duel.lost();
    }
    const auto [least, most] = std::minmax_element(
        duels.begin(), duels.end(),
        [](const auto& a, const auto& b) { return a.second.ratio.value < b.second.ratio.value; });
    findings.push_back(
        {fmt::format("{} of {}", won, ratios.size()),
         fmt::format(
             "comparisons{} in which an own kernel is surely at least as fast as the best vendor "
             "library{}; median {}, from {} ({}) to {} ({})",
             devices.size() > 1 ? " on " + device_words(run, device) : "",
             open > 0 ? fmt::format("; {} undecided: their 95% interval holds 1×, or is missing", open) : "",
             times_text(median(ratios)), times_text(least->second.ratio.value),
             problem_in(run, *least->second.own), times_text(most->second.ratio.value),
             problem_in(run, *most->second.own)),
         "role=own&status=ok&device=" + device});
  }
}

// What the ladder is worth on each device: the slowest step against the fastest, on the problem where that is
// most. Slow steps have few samples: the gain has its interval beside it, or is said to have none.
void add_ladders(std::vector<Finding>& findings, const RecordedRun& run, const std::vector<Peer>& peers) {
  struct Ends {
    const ResultRecord *slow = nullptr, *fast = nullptr;
    double gain() const { return *slow->median_s / *fast->median_s; }
  };
  std::map<std::string, std::map<std::tuple<std::size_t, std::string>, Ends>> devices;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const ResultRecord& r = run.results[i];
    if (r.role != name(Role::own) || !is_ranked(r) || !r.tflops) continue;
    Ends& ends = devices[r.device][{peers[i].group, r.precision}];
    if (ends.slow == nullptr || *r.median_s > *ends.slow->median_s) ends.slow = &r;
    if (ends.fast == nullptr || *r.median_s < *ends.fast->median_s) ends.fast = &r;
  }
  for (const auto& [device, ladders] : devices) {
    const Ends& most = std::max_element(ladders.begin(), ladders.end(), [](const auto& a, const auto& b) {
                         return a.second.gain() < b.second.gain();
                       })->second;
    const auto gain = ratio(*most.slow, *most.fast);
    if (most.slow == most.fast || !gain) continue;
    findings.push_back({times_text(gain->value),
                        fmt::format("what optimisation is worth on {} at the most: from {} to {} on {} ({})",
                                    device_words(run, device), short_kernel(most.slow->kernel),
                                    short_kernel(most.fast->kernel), problem_in(run, *most.fast),
                                    gain->ci95 ? fmt::format("95%: {} to {}", times_text(gain->ci95->first),
                                                             times_text(gain->ci95->second))
                                               : "too few samples for an interval")});
  }
}

}  // namespace

std::string device_words(const RecordedRun& run, const std::string& device) {
  if (device == "host") return "the CPU";
  const auto kind = [](const std::string& id) { return id.substr(0, id.find(':')); };
  std::set<std::string> same;
  for (const ResultRecord& r : run.results)
    if (kind(r.device) == kind(device)) same.insert(r.device);
  return kind(device) == "cuda" && same.size() < 2 ? "the GPU" : device;
}

std::string mode_words(const RecordedRun& run, const ResultRecord& row) {
  const bool several = std::any_of(run.results.begin(), run.results.end(),
                                   [&](const ResultRecord& r) { return r.mode != row.mode; });
  return several ? fmt::format(", {} mode", row.mode) : "";
}

std::vector<Finding> highlights(const RecordedRun& run, const std::vector<Peer>& peers) {
  std::vector<Finding> findings;
  add_engines(findings, run);
  add_crossovers(findings, run);
  add_vendors(findings, run, peers);
  add_ladders(findings, run, peers);
  if (!run.results.empty()) add_missing_devices(findings, run);
  return findings;
}

}  // namespace gemmark
