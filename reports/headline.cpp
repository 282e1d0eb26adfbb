#include "reports/headline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "kernels/api/precision.hpp"
#include "reports/figures.hpp"
#include "reports/worries.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

int precision_rank(const std::string& name) {
  const auto known = precision_named(name);
  return known ? static_cast<int>(*known) : static_cast<int>(precision_table.size());
}

std::string limit_text(const ResultRecord& r) {
  if (!r.ceiling_fraction) return "";
  return fmt::format("{} of the {} limit", percent_text(*r.ceiling_fraction),
                     r.bound == "bandwidth" ? "memory" : "compute");
}

Best best_of(const ResultRecord& r) {
  return {.op = r.op,
          .precision = r.precision,
          .device = r.device,
          .rate = rate_text(*r.tflops, r.precision),
          .limit = limit_text(r),
          .fraction = r.ceiling_fraction,
          .kernel = std::string(short_kernel(r.kernel)),
          .problem = short_problem(r.problem),
          .noisy = r.stop == name(Stop::noisy)};
}

// The fastest ranked row of each key, in the order of the keys.
template <class Key>
auto fastest(const std::vector<ResultRecord>& results, Key key) {
  std::map<decltype(key(results.front())), const ResultRecord*> best;
  for (const ResultRecord& r : results) {
    if (!is_ranked(r) || !r.tflops) continue;
    const ResultRecord*& row = best[key(r)];
    if (row == nullptr || *r.tflops > *row->tflops) row = &r;
  }
  return best;
}

std::string models(const json& context) {
  std::vector<std::string> names;
  for (const json& device : context.value("/machine/devices"_json_pointer, json::array()))
    names.push_back(device.value("model", "unknown device"));
  return names.empty() ? "unknown machine" : fmt::format("{}", fmt::join(names, " and "));
}

std::string about(const json& context) {
  const auto text = [&](const char* pointer) {
    return context.value(json::json_pointer(pointer), std::string());
  };
  std::vector<std::string> parts{"gemmark " + text("/build/version"), text("/build/compiler"),
                                 text("/conditions/time_utc").substr(0, 10), text("/machine/system")};
  std::erase(parts, "");
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Which arithmetic a row ran on. A vendor's fp64 on a GPU may be either, and counts for none.
enum class Engine : std::uint8_t { cpu, cuda_cores, tensor_cores, unknown };
constexpr std::array<std::string_view, 3> engine_names{"the CPU", "CUDA cores", "Tensor cores"};

Engine engine(const ResultRecord& r) {
  if (!r.device.starts_with("cuda")) return Engine::cpu;
  if (r.backend == "cuda") return Engine::cuda_cores;
  if (r.backend == "wmma" || r.backend == "mma" || r.backend == "wgmma") return Engine::tensor_cores;
  if (r.precision == "fp32") return Engine::cuda_cores;
  return r.precision == "fp64" ? Engine::unknown : Engine::tensor_cores;
}

// CPU and CUDA cores in fp32, which both do; Tensor cores in the floating precision that suits them best.
Engine compared_engine(const ResultRecord& r) {
  const Engine which = engine(r);
  const bool fits = which == Engine::tensor_cores ? r.precision != "int8" : r.precision == "fp32";
  return fits ? which : Engine::unknown;
}

void add_engines(Headline& headline, const RecordedRun& run) {
  const auto best = fastest(run.results, compared_engine);
  const ResultRecord* before = nullptr;
  std::string name_before;
  for (const auto& [which, row] : best) {
    if (which == Engine::unknown) continue;
    const std::string name(engine_names[static_cast<std::size_t>(which)]);
    if (before != nullptr)
      headline.findings.push_back(
          {times_text(*row->tflops / *before->tflops),
           fmt::format("{} over {}: {} in {} against {} in {}, each at its best", name, name_before,
                       rate_text(*row->tflops, row->precision), row->precision,
                       rate_text(*before->tflops, before->precision), before->precision)});
    before = row;
    name_before = name;
  }
}

// "m=n=k" or "m, n=4096 k=4096": what a sweep varies, and what its problems share besides their precision.
std::string sweep_text(const json& crossover) {
  std::string text = crossover.at("varies");
  const std::string family = crossover.at("family");
  for (std::size_t at = 0; at < family.size();) {
    const std::size_t end = std::min(family.find(' ', at), family.size());
    const std::string word = family.substr(at, end - at);
    if (word.find('=') != word.npos && !word.starts_with("in=")) text += " " + word;
    at = end + 1;
  }
  return text;
}

// A finding a sweep of a device, with and without transfers: where each precision's lead begins.
void add_crossovers(Headline& headline, const RecordedRun& run) {
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
    headline.findings.push_back(
        {sweep.first ? fmt::format("from {}", *sweep.first) : "never",
         fmt::format("{} beats the CPU{} ({}): {}", device,
                     transfers ? ", its transfers counted" : ", operands already there", what,
                     fmt::join(sweep.precisions, "; "))});
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Our best against the vendors' best, once a comparison, precision and device.
void add_vendors(Headline& headline, const RecordedRun& run, const std::vector<Peer>& peers) {
  std::map<std::tuple<std::size_t, std::string, std::string>, double> own;
  std::set<std::string> devices;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const ResultRecord& r = run.results[i];
    if (r.role != name(Role::own) || !peers[i].speedup) continue;
    double& best = own[{peers[i].group, r.precision, r.device}];
    best = std::max(best, peers[i].speedup->value);
    devices.insert(r.device);
  }
  for (const std::string& device : devices) {
    std::vector<double> ratios;
    for (const auto& [key, value] : own)
      if (std::get<2>(key) == device) ratios.push_back(value);
    const auto won = std::count_if(ratios.begin(), ratios.end(), [](double value) { return value >= 1; });
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    headline.findings.push_back(
        {fmt::format("{} of {}", won, ratios.size()),
         fmt::format(
             "comparisons{} in which an own kernel is at least as fast as the best vendor library; median "
             "{}, from {} to {}",
             devices.size() > 1 ? " on " + device : "", times_text(median(ratios)), times_text(*least),
             times_text(*most)),
         "role=own&status=ok&device=" + device});
  }
}

// What the ladder is worth: the first step against the last, where both did the same problem.
void add_ladder(Headline& headline, const RecordedRun& run, const std::vector<Peer>& peers) {
  struct Ends {
    const ResultRecord *slow = nullptr, *fast = nullptr;
  };
  std::map<std::tuple<std::size_t, std::string, std::string>, Ends> all;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const ResultRecord& r = run.results[i];
    if (r.role != name(Role::own) || !is_ranked(r)) continue;
    Ends& ends = all[{peers[i].group, r.precision, r.device}];
    if (ends.slow == nullptr || *r.median_s > *ends.slow->median_s) ends.slow = &r;
    if (ends.fast == nullptr || *r.median_s < *ends.fast->median_s) ends.fast = &r;
  }
  const auto gain = [](const Ends& ends) { return *ends.slow->median_s / *ends.fast->median_s; };
  const auto most = std::max_element(
      all.begin(), all.end(), [&](const auto& a, const auto& b) { return gain(a.second) < gain(b.second); });
  if (most == all.end() || most->second.slow == most->second.fast) return;
  const Ends& ends = most->second;
  headline.findings.push_back(
      {times_text(gain(ends)),
       fmt::format("from {} to {} on {} in {}: what optimisation is worth at the most",
                   short_kernel(ends.slow->kernel), short_kernel(ends.fast->kernel),
                   short_problem(ends.fast->problem), ends.fast->precision)});
}

// The best of fp32, which every machine has, and of the precision that is fastest, for each device.
std::string sentence(const RecordedRun& run) {
  const auto best = fastest(run.results, [](const ResultRecord& r) { return r.device; });
  if (run.results.empty()) return "This run holds no results.";
  if (best.empty()) return "Nothing in this run was measured and verified; the reasons are below.";
  const auto in_fp32 =
      fastest(run.results, [](const ResultRecord& r) { return std::pair(r.precision, r.device); });
  const auto clause = [](const ResultRecord& r) {
    return fmt::format("{} in {}{}", rate_text(*r.tflops, r.precision), r.precision,
                       r.ceiling_fraction ? fmt::format(" ({})", limit_text(r)) : "");
  };
  std::string text;
  for (const auto& [device, fast] : best) {
    text += fmt::format("{}{} reaches ", text.empty() ? "" : " ", device == "host" ? "The CPU" : device);
    const auto plain = in_fp32.find({"fp32", device});
    if (plain != in_fp32.end() && plain->second != fast) text += clause(*plain->second) + " and ";
    text += clause(*fast) + ".";
  }
  return text;
}

}  // namespace

std::string rate_text(double tflops, const std::string& precision) {
  const std::string_view unit = precision_named(precision) == Precision::int8 ? "op/s" : "FLOP/s";
  const auto in_units = [&](double value, char prefix) {
    return value < 99.95 ? fmt::format("{} {}{}", number_text(value), prefix, unit)
                         : fmt::format("{:.0f} {}{}", value, prefix, unit);
  };
  if (tflops >= 999.5) return in_units(tflops / 1000, 'P');
  return tflops >= 0.9995 ? in_units(tflops, 'T') : in_units(tflops * 1000, 'G');
}

Headline headline(const NamedRun& named, const std::vector<Peer>& peers) {
  const RecordedRun& run = named.run;
  Headline result{.title = models(run.context), .subtitle = about(run.context), .sentence = sentence(run)};
  const auto best = fastest(run.results, [](const ResultRecord& r) {
    return std::tuple(r.op, r.device, precision_rank(r.precision), r.precision);
  });
  for (const auto& [key, row] : best) result.best.push_back(best_of(*row));
  add_engines(result, run);
  add_crossovers(result, run);
  add_vendors(result, run, peers);
  add_ladder(result, run, peers);
  result.worries = worries(named);
  return result;
}

}  // namespace gemmark
