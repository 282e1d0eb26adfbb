#include "bench/request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "bench/expansion.hpp"
#include "bench/settings.hpp"
#include "bench/suite.hpp"
#include "bench/usage_error.hpp"
#include "harness/expand.hpp"
#include "kernels/api/registry.hpp"

namespace gemmark {
namespace {

template <class Items, class Name>
std::vector<std::string> names_of(const Items& items, Name name) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(name(item));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Whether a pattern asks for kernels of the backend, all of whose names begin with the backend's.
bool asks_for(std::string_view pattern, std::string_view backend) {
  pattern.remove_prefix(pattern.find('/') + 1);
  if (!pattern.starts_with(backend)) return false;
  pattern.remove_prefix(backend.size());
  return pattern.empty() || std::isalnum(static_cast<unsigned char>(pattern.front())) == 0;
}

// A device of a kind that this program knows but this machine lacks is no slip of the keyboard.
void check_device(const std::string& wanted, const std::string& setting, Registry& registry) {
  std::vector<std::string> ids = names_of(registry.devices(), [](const auto& d) { return d->info().id; });
  for (const auto& device : registry.devices())
    if (device_wanted({wanted}, device->info().id, device->info().kind)) return;
  const std::string kind = wanted.substr(0, wanted.find(':'));
  for (const auto& [missing, why] : registry.missing_devices())
    if (missing == kind) throw EnvironmentError(fmt::format("{} '{}' is not here: {}", setting, wanted, why));
  for (const auto& device : registry.devices())
    if (device->info().kind == kind)
      throw EnvironmentError(
          fmt::format("{} '{}' is not here; this machine has {}", setting, wanted, fmt::join(ids, ", ")));
  throw UsageError(fmt::format("{} '{}' is unknown{}", setting, wanted, suggestion(wanted, ids)));
}

void check_required(const RunOptions& options, Registry& registry) {
  const auto kinds = names_of(registry.devices(), [](const auto& d) { return d->info().kind; });
  std::vector<std::string> backends = names_of(registry.backends(), [](const Backend& b) { return b.name; });
  for (const Kernel& kernel : registry.kernels())
    if (!contains(backends, kernel.backend)) backends.push_back(kernel.backend);
  for (const std::string& name : options.require) {
    if (contains(kinds, name)) continue;
    if (contains(backends, name)) {
      if (const Support& here = registry.status(name).available; !here)
        throw EnvironmentError(fmt::format("required, but not here: {}: {}", name, here.why()));
      continue;
    }
    try {
      check_device(name, "require", registry);
    } catch (const UsageError&) {
      std::vector<std::string> all = backends;
      for (const auto& device : registry.devices()) all.push_back(device->info().id);
      for (const auto& [kind, why] : registry.missing_devices()) all.push_back(kind);
      throw UsageError(
          fmt::format("require '{}': no backend or device has that name{} (gemmark list backends)", name,
                      suggestion(name, all)));
    }
  }
}

// gemm is always there; asking for more than that may load the libraries of kernels.
void check_operations(const RunOptions& options) {
  for (const std::string& text : options.problems) {
    const std::string op(operation(parse_problem(text)));
    if (op == "gemm") continue;
    const auto& kernels = Registry::global().kernels();
    if (std::none_of(kernels.begin(), kernels.end(), [&](const Kernel& kernel) { return kernel.op == op; }))
      throw UsageError(fmt::format("problem \"{}\": no kernel of this version computes {}", text, op));
  }
}

void check_threads(const RunOptions& options) {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return;
  const int most = CPU_COUNT(&usable);
  for (const int count : options.threads)
    if (count > most)
      throw UsageError(fmt::format("threads '{}': this machine has {} processor{} to use", count, most,
                                   most == 1 ? "" : "s"));
}

}  // namespace

std::shared_ptr<Request> add_request(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("--suite", request->suites, "a suite's name or file; quick by default (gemmark list suites)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group("What to measure");
  app.add_option("--problem", request->problems,
                 "a problem, or several: \"gemm m={1,16} n=4096 k=4096 in=fp32\"; may be given again")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->group("What to measure");
  for (const Setting& setting : settings()) {
    const std::string name(setting.name);
    app.add_option("--" + name, request->settings[name], setting.help)
        ->type_name(std::string(setting.metavar))
        ->allow_extra_args(false)
        ->group(name == "filter" || name == "kernels" || name == "device" || name == "threads"
                    ? "What to measure"
                    : "How to measure");
  }
  return request;
}

void check_kernels(const std::vector<std::string>& patterns, Registry& registry) {
  const auto& kernels = registry.kernels();
  const auto& backends = registry.backends();
  bool some = false;
  std::string missing;
  for (const std::string& pattern : patterns) {
    if (std::any_of(kernels.begin(), kernels.end(),
                    [&](const Kernel& kernel) { return glob_matches(pattern, kernel.name); })) {
      some = true;
      continue;
    }
    // Kernels of a backend that is merely unavailable are registered, and their names can be mistyped.
    const auto left_out = std::find_if(backends.begin(), backends.end(), [&](const Backend& b) {
      return asks_for(pattern, b.name) && !registry.status(b.name).available &&
             std::none_of(kernels.begin(), kernels.end(),
                          [&](const Kernel& kernel) { return kernel.backend == b.name; });
    });
    if (left_out == backends.end())
      throw UsageError(
          fmt::format("kernels '{}': no kernel has such a name{} (gemmark list kernels)", pattern,
                      suggestion(pattern, names_of(kernels, [](const Kernel& k) { return k.name; }))));
    missing = fmt::format("kernels '{}' are not here: {}: {}", pattern, left_out->name,
                          registry.status(left_out->name).available.why());
  }
  if (!some && !missing.empty()) throw EnvironmentError(missing);
}

RunOptions resolve(const Request& request) {
  RunOptions options;
  const auto add = [&](const std::vector<std::string>& problems) {
    for (const std::string& problem : problems)
      if (!contains(options.problems, problem)) options.problems.push_back(problem);
  };
  if (request.suites.size() > 1)
    throw UsageError("--suite is given twice; a suite of your own may include several (include NAME)");
  if (!request.suites.empty() || request.problems.empty()) {
    const Suite suite = load_suite(request.suites.empty() ? "quick" : request.suites.front());
    for (const auto& [name, value] : suite.settings) apply_setting(options, name, value);
    add(suite.problems);
  }
  for (const Setting& setting : settings()) {
    const auto given = request.settings.find(std::string(setting.name));
    if (given == request.settings.end() || given->second.empty()) continue;
    if (!setting.list && given->second.size() > 1)
      throw UsageError(fmt::format("--{} is given twice", setting.name));
    apply_setting(options, setting.name, fmt::format("{}", fmt::join(given->second, ",")));
  }
  for (const std::string& text : request.problems) {
    try {
      add(expand_problems(text));
    } catch (const ParseError& error) {
      throw UsageError(fmt::format("problem \"{}\", column {}: {}", text, error.column, error.reason));
    }
  }

  check_threads(options);
  check_operations(options);
  // Only where there are names to check: the registry of this process may load the libraries of kernels.
  Registry& registry = Registry::global();
  if (!options.kernels.empty()) check_kernels(options.kernels, registry);
  for (const std::string& device : options.devices) check_device(device, "device", registry);
  if (!options.require.empty()) check_required(options, registry);
  return options;
}

}  // namespace gemmark
