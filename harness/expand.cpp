#include "harness/expand.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>

namespace gemmark {
namespace {

using nlohmann::json;

template <class Patterns>
bool any_matches(const Patterns& patterns, std::string_view name) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return glob_matches(pattern, name);
         });
}

class Filter {
 public:
  explicit Filter(const std::string& text) try : any_(text.empty()), regex_(text, std::regex::extended) {
  } catch (const std::regex_error& error) {
    throw std::invalid_argument(
        fmt::format("the filter '{}' is no regular expression: {}", text, error.what()));
  }
  bool operator()(const std::string& kernel, const std::string& problem) const {
    return any_ || std::regex_search(kernel + " " + problem, regex_);
  }

 private:
  bool any_;
  std::regex regex_;
};

// Problems with the same comparison text, together and in the order in which they were first named.
std::vector<std::pair<std::string, std::vector<Problem>>> comparisons_of(const RunOptions& options) {
  std::vector<std::pair<std::string, std::vector<Problem>>> groups;
  std::set<std::string> seen;
  for (const std::string& text : options.problems) {
    const Problem problem = parse_problem(text);
    if (!seen.insert(to_text(problem)).second) continue;
    const std::string key = comparison_text(problem);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == key; });
    if (group == groups.end()) group = groups.insert(groups.end(), {key, {}});
    group->second.push_back(problem);
  }
  return groups;
}

std::vector<int> thread_counts(const RunOptions& options, const Device& device) {
  std::vector<int> counts;
  for (const int wanted : options.threads) {
    const int count = wanted == 0 ? device.info().max_threads : wanted;
    if (std::find(counts.begin(), counts.end(), count) == counts.end()) counts.push_back(count);
  }
  if (device.info().max_threads == 1) counts = {1};
  return counts;
}

// What was asked for by name gets its reason even where its kind of device is missing; of all the rest, the
// context says once which devices there are.
void refuse_without_device(const RunOptions& options, Registry& registry, const Filter& filter,
                           Expansion& expansion) {
  if (options.kernels.empty()) return;
  for (const auto& [comparison, problems] : comparisons_of(options))
    for (const auto& [kind, why] : registry.missing_devices()) {
      if (!device_wanted(options.devices, kind, kind)) continue;
      for (const Mode mode : options.modes)
        for (const Problem& problem : problems)
          for (const Kernel& kernel : registry.kernels()) {
            const Case row{to_text(problem), kernel.name, 1};
            if (kernel.op != operation(problem) || kernel.device_kind != kind ||
                !any_matches(options.kernels, kernel.name) || !filter(kernel.name, row.problem))
              continue;
            expansion.refused.push_back(
                blank_record(row, Unit{comparison, kind, mode, 1, {}}, kernel, options));
            expansion.refused.back().status = name(Status::unavailable);
            expansion.refused.back().why = why;
          }
    }
}

}  // namespace

void to_json(json& j, const Unit& unit) {
  j = {{"comparison", unit.comparison},
       {"device", unit.device},
       {"mode", name(unit.mode)},
       {"threads", unit.threads},
       {"cases", json::array()}};
  for (const Case& row : unit.cases)
    j["cases"].push_back({{"problem", row.problem}, {"kernel", row.kernel}, {"threads", row.threads}});
}

void from_json(const json& j, Unit& unit) {
  j.at("comparison").get_to(unit.comparison);
  j.at("device").get_to(unit.device);
  unit.mode = mode_named(j.at("mode").get<std::string>()).value();
  j.at("threads").get_to(unit.threads);
  unit.cases.clear();
  for (const json& row : j.at("cases"))
    unit.cases.push_back({row.at("problem"), row.at("kernel"), row.at("threads")});
}

RowKey key_of(const Case& row, const Unit& unit) {
  return {row.problem, row.kernel, row.threads, unit.device, unit.mode};
}
RowKey key_of(const ResultRecord& record) {
  return {record.problem, record.kernel, record.threads, record.device, mode_named(record.mode).value()};
}

bool glob_matches(std::string_view pattern, std::string_view name) {
  // The brackets of a variant (openblas[Cooperlake]) stand for themselves.
  std::string escaped;
  for (const char c : pattern) {
    if (c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  const std::string whole(name);
  if (fnmatch(escaped.c_str(), whole.c_str(), 0) == 0) return true;
  const std::size_t slash = whole.find('/');
  return pattern.find('/') == std::string_view::npos && slash != std::string::npos &&
         fnmatch(escaped.c_str(), whole.c_str() + slash + 1, 0) == 0;
}

bool device_wanted(const std::vector<std::string>& wanted, std::string_view id, std::string_view kind) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& pattern) {
           return pattern == "all" || pattern == kind || glob_matches(pattern, id);
         });
}

ResultRecord blank_record(const Case& row, const Unit& unit, const Kernel& kernel,
                          const RunOptions& options) {
  const Problem problem = parse_problem(row.problem);
  ResultRecord record;
  record.problem = row.problem;
  record.comparison = unit.comparison;
  record.op = operation(problem);
  record.precision = name(precision(problem));
  record.kernel = kernel.name;
  record.backend = kernel.backend;
  record.role = name(kernel.role);
  record.device = unit.device;
  record.threads = row.threads;
  record.mode = name(unit.mode);
  record.data = name(options.data);
  record.seed = options.seed;
  record.flops_executed = record.flops = flops(problem);
  record.flops_padded = flops_padded(problem);
  record.bytes = compulsory_bytes(problem);
  record.repro = fmt::format(
      "gemmark run --problem \"{}\" --kernels \"{}\" --device {} --mode {} --threads {} --data {} --seed {}",
      row.problem, kernel.name, unit.device, record.mode, row.threads, record.data, options.seed);
  return record;
}

Expansion expand(const RunOptions& options, Registry& registry) {
  Expansion expansion;
  const Filter filter(options.filter);
  std::set<RowKey> placed;  // a kernel with one thread is measured in the first thread count only
  for (const auto& [comparison, problems] : comparisons_of(options))
    for (const auto& device : registry.devices()) {
      if (!device_wanted(options.devices, device->info().id, device->info().kind)) continue;
      for (const Mode mode : options.modes) {
        // The host's operands are where they are: there it would be latency over again.
        if (mode == Mode::offload && device->info().kind == "host") continue;
        for (const int threads : thread_counts(options, *device)) {
          Unit unit{comparison, device->info().id, mode, threads, {}};
          for (const Problem& problem : problems)
            for (const Kernel& kernel : registry.kernels()) {
              const Case row{to_text(problem), kernel.name, kernel.threaded ? threads : 1};
              if (kernel.op != operation(problem) || kernel.device_kind != device->info().kind ||
                  !any_matches(options.kernels, kernel.name) || !filter(kernel.name, row.problem))
                continue;
              // That there is nothing to prepack is news only to who asked for the kernel by name.
              if (kernel.prepacks && !has_constants(problem) && options.kernels.empty()) continue;
              if (!placed.insert(key_of(row, unit)).second) continue;
              const auto refuse = [&](Status status, const std::string& why) {
                ResultRecord record = blank_record(row, unit, kernel, options);
                record.status = name(status);
                record.why = why;
                expansion.refused.push_back(record);
              };
              if (const Support& here = registry.status(kernel.backend).available; !here)
                refuse(Status::unavailable, here.why());
              else if (const Support can = kernel.supports(problem, *device); !can)
                refuse(Status::unsupported, can.why());
              else
                unit.cases.push_back(row);
            }
          if (!unit.cases.empty()) expansion.units.push_back(std::move(unit));
        }
      }
    }
  refuse_without_device(options, registry, filter, expansion);
  return expansion;
}

}  // namespace gemmark
