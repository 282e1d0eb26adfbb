#include "reports/worries.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "reports/figures.hpp"
#include "reports/highlights.hpp"
#include "reports/result.hpp"
#include "reports/text.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

void add_distrusted(std::vector<Finding>& worries, const RecordedRun& run) {
  constexpr std::array distrusted{Status::wrong, Status::failed, Status::timeout, Status::mistrusted};
  for (const Status status : distrusted) {
    std::map<std::string, int> reasons;
    int count = 0;
    for (const ResultRecord& r : run.results) {
      if (r.status != name(status)) continue;
      ++reasons[fmt::format("{}: {}", short_kernel(r.kernel), r.why)];
      ++count;
    }
    if (count == 0) continue;
    constexpr int longest_reason = 200;
    const std::string first = shortened(reasons.begin()->first, longest_reason);
    worries.push_back({fmt::format("{} {}", count, name(status)),
                       reasons.size() == 1 ? first
                                           : fmt::format("{}, and {} other reason{}", first,
                                                         reasons.size() - 1, reasons.size() == 2 ? "" : "s"),
                       fmt::format("status={}", name(status)), status != Status::mistrusted});
  }
}

void add_noise(std::vector<Finding>& worries, const RecordedRun& run) {
  const auto ranked = std::count_if(run.results.begin(), run.results.end(), is_ranked);
  long noisy = 0, unknown = 0;  // rows without an interval have too few samples for one
  double widest = 0;
  for (const ResultRecord& r : run.results) {
    if (!is_ranked(r) || r.stop != name(Stop::noisy)) continue;
    ++noisy;
    if (r.ci95_s)
      widest = std::max(widest, (r.ci95_s->second - r.ci95_s->first) / 2 / *r.median_s);
    else
      ++unknown;
  }
  if (noisy == 0) return;
  const double target = run.context.value("/options/target"_json_pointer, 0.0);
  std::string text = "rows are noisy: their interval had not closed";
  if (target > 0) text += fmt::format(" to ±{}", percent_text(target));
  text += " when time was up";
  if (unknown > 0) text += fmt::format("; {} of them took too few samples to have one", unknown);
  if (widest > 0) text += fmt::format("; the widest is ±{}", percent_text(widest));
  worries.push_back({fmt::format("{} of {}", noisy, ranked), text, "stop=noisy"});
}

// A device's rows by themselves: beside a GPU's many, a CPU's would seem few.
void add_neighbours(std::vector<Finding>& worries, const RecordedRun& run) {
  struct Rows {
    int beside = 0, measured = 0;
  };
  std::map<std::string, Rows> devices;
  for (const ResultRecord& r : run.results) {
    if (!r.median_s) continue;
    ++devices[r.device].measured;
    devices[r.device].beside += is_beside_others(r);
  }
  for (const auto& [device, rows] : devices)
    if (rows.beside > 0)
      worries.push_back(
          {fmt::format("{} of {} disturbed", rows.beside, rows.measured),
           fmt::format(
               "rows on {} were sampled while somebody else used the same processors, and had too few "
               "samples without them",
               device_words(run, device)),
           fmt::format("beside=others&device={}", device)});
}

void add_doubtful_limits(std::vector<Finding>& worries, const RecordedRun& run) {
  const auto count = [&](auto which) {
    return std::count_if(run.ceilings.begin(), run.ceilings.end(), which);
  };
  if (const auto cached = count([](const CeilingRecord& c) { return c.cached(); }); cached > 0)
    worries.push_back(
        {fmt::format("{} limits", cached),
         "were measured by an earlier run (--ceilings cached): shares of them are for display, and "
         "no figure was held against them"});
  if (const auto open = count([](const CeilingRecord& c) { return !c.settled.value_or(true); }); open > 0)
    worries.push_back(
        {fmt::format("{} of {} limits", open, run.ceilings.size()),
         "did not settle while they were measured: the true ones may be higher, and no figure was "
         "held against them"});
}

// A GPU at its power cap works as designed, and still is slower than one that may draw more.
void add_throttling(std::vector<Finding>& worries, const RecordedRun& run) {
  std::map<std::string, int> causes;
  int count = 0;
  double slowest = 0;
  for (const ResultRecord& r : run.results) {
    if (r.throttle.empty()) continue;
    ++causes[r.throttle];
    ++count;
    if (r.clock_mhz) slowest = slowest == 0 ? *r.clock_mhz : std::min(slowest, *r.clock_mhz);
  }
  if (count == 0) return;
  std::vector<std::string> texts;
  for (const auto& [cause, rows] : causes) texts.push_back(fmt::format("{} ({})", cause, rows));
  std::string text = fmt::format("rows ran at lowered clocks: {}", fmt::join(texts, ", "));
  if (slowest > 0) text += fmt::format("; the lowest clock was {:.0f} MHz", slowest);
  if (causes.size() == 1 && causes.contains("power-cap"))
    text += "; a GPU at its power cap works as designed, cooler or shorter work runs faster";
  const auto measured = std::count_if(run.results.begin(), run.results.end(),
                                      [](const ResultRecord& r) { return r.median_s.has_value(); });
  worries.push_back({fmt::format("{} of {} throttled", count, measured), text, "throttled=yes"});
}

void add_limits(std::vector<Finding>& worries, const RecordedRun& run) {
  const bool unknown =
      std::none_of(run.results.begin(), run.results.end(), [](const auto& r) { return r.ceiling_fraction; });
  if (unknown && std::any_of(run.results.begin(), run.results.end(), is_ranked))
    worries.push_back({"no limits", "were measured in this run: how far the machine could go is unknown"});
}

void add_libraries(std::vector<Finding>& worries, const RecordedRun& run) {
  const json libraries = run.context.value("libraries", json::object());
  for (const auto& [name, library] : libraries.items())
    for (const json& advice : library.value("advice", json::array()))
      if (advice.is_string()) worries.push_back({name, advice.get<std::string>()});
}

// Of the recorded variables, those that only say where something is, what a container was given, or what
// gemmark set itself, steer nothing.
bool steers(std::string_view variable, std::string_view value) {
  constexpr std::array<std::string_view, 5> inert{"CUDA_HOME", "CUDA_PATH", "CUDA_ROOT", "CUDA_VERSION",
                                                  "OPENBLAS_THREAD_TIMEOUT"};
  if (variable == "CUDA_MODULE_LOADING") return value != "EAGER";
  if (variable.starts_with("NVIDIA_")) return variable == "NVIDIA_TF32_OVERRIDE";
  return std::find(inert.begin(), inert.end(), variable) == inert.end();
}

void add_conditions(std::vector<Finding>& worries, const RecordedRun& run) {
  const json& context = run.context;
  if (!run.complete) worries.push_back({"incomplete", "the run " + shortfall(run)});
  if (!run.continuations.empty())
    worries.push_back(
        {"resumed", fmt::format("the run was cut off and went on, the last time at {}; limits were "
                                "measured anew each time",
                                run.continuations.back().value("/conditions/time_utc"_json_pointer,
                                                               std::string("a time unknown")))});
  const auto text = [&](const char* pointer) {
    return context.value(json::json_pointer(pointer), std::string());
  };
  const std::string revision = text("/build/revision"), type = text("/build/type"),
                    governor = text("/conditions/governor");
  if (revision.ends_with("-dirty"))
    worries.push_back(
        {"uncommitted", fmt::format("built from revision {}, with changes nobody can look up", revision)});
  if (!type.empty() && type != "Release") worries.push_back({type, "not a release build"});
  if (!governor.empty() && governor != "performance")
    worries.push_back({governor, "is the CPU's frequency governor; clocks may lag behind the load"});
  constexpr int longest_value = 24;
  std::vector<std::string> variables;
  const json environment = context.value("/conditions/environment"_json_pointer, json::object());
  for (const auto& [key, value] : environment.items())
    if (value.is_string() && steers(key, value.get<std::string>()))
      variables.push_back(fmt::format("{}={}", key, shortened(value.get<std::string>(), longest_value)));
  if (!variables.empty())
    worries.push_back(
        {"environment", fmt::format("set, and may steer libraries: {}", fmt::join(variables, ", "))});
}

}  // namespace

std::vector<Finding> worries(const NamedRun& named) {
  std::vector<Finding> found;
  add_distrusted(found, named.run);
  add_noise(found, named.run);
  add_neighbours(found, named.run);
  add_doubtful_limits(found, named.run);
  add_throttling(found, named.run);
  add_limits(found, named.run);
  add_libraries(found, named.run);
  add_conditions(found, named.run);
  return found;
}

}  // namespace gemmark
