#include "reports/highlights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

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

std::string problem_in(const ResultRecord& r) {
  return fmt::format("{} in {}", short_problem(r.problem), r.precision);
}

// CPU and CUDA cores in fp32, which both do.
const ResultRecord* in_fp32(const RecordedRun& run, Engine which) {
  const auto best = fastest(run.results, [](const ResultRecord& r) {
    return std::tuple(r.op, r.precision == "fp32" ? engine(r) : Engine::device);
  });
  const auto found = best.find({"gemm", which});
  return found == best.end() || found->second->precision != "fp32" ? nullptr : found->second;
}

// Tensor cores in the 16-bit precision that suits them best, which most programs that use them compute in.
// Their other precisions stand behind it, but fp64, which no fp32 can be set against.
void add_tensor_cores(std::vector<Finding>& findings, const RecordedRun& run, const ResultRecord& base,
                      std::string_view over) {
  auto best = fastest(run.results, [](const ResultRecord& r) {
    const bool fits = engine(r) == Engine::tensor_cores && r.op == "gemm" && r.precision != "fp64";
    return std::pair(precision_rank(r.precision), fits ? r.precision : std::string());
  });
  std::erase_if(best, [](const auto& one) { return one.first.second.empty(); });
  if (best.empty()) return;
  const auto speed = [&](const auto& one) { return *one.second->tflops / *base.tflops; };
  const auto halves = [](const auto& one) {
    return one.first.second == "fp16" || one.first.second == "bf16";
  };
  auto shown = std::max_element(best.begin(), best.end(), [&](const auto& a, const auto& b) {
    return std::pair(halves(a), speed(a)) < std::pair(halves(b), speed(b));
  });
  std::vector<std::string> others;
  for (const auto& one : best)
    if (one.first != shown->first)
      others.push_back(fmt::format("{} {}", times_text(speed(one)), one.first.second));
  findings.push_back(
      {times_text(speed(*shown)),
       fmt::format("Tensor cores over {}: {} against {}, each at its best{}{}", over, rate_in(*shown->second),
                   rate_in(base), others.empty() ? "" : "; also ", fmt::join(others, ", "))});
}

void add_engines(std::vector<Finding>& findings, const RecordedRun& run) {
  const ResultRecord *cpu = in_fp32(run, Engine::cpu), *cuda = in_fp32(run, Engine::cuda_cores);
  if (cpu != nullptr && cuda != nullptr)
    findings.push_back({times_text(*cuda->tflops / *cpu->tflops),
                        fmt::format("CUDA cores over the CPU: {} against {}, each at its best",
                                    rate_in(*cuda), rate_in(*cpu))});
  if (cuda != nullptr || cpu != nullptr)
    add_tensor_cores(findings, run, cuda != nullptr ? *cuda : *cpu,
                     cuda != nullptr ? "CUDA cores" : "the CPU");
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
             problem_in(*least->second.own), times_text(most->second.ratio.value),
             problem_in(*most->second.own)),
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
                                    short_kernel(most.fast->kernel), problem_in(*most.fast),
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
