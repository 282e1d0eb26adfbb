#include "harness/context.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/build_info.hpp"
#include "harness/record.hpp"
#include "harness/stopwatch.hpp"
#include "kernels/api/environment.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

json machine(Registry& registry) {
  utsname system{};
  uname(&system);
  json devices = json::array();
  for (const auto& device : registry.devices()) {
    const DeviceInfo& info = device->info();
    json caches = json::array();
    for (const Cache& cache : info.caches)
      caches.push_back({{"level", cache.level}, {"bytes", cache.bytes}, {"instances", cache.instances}});
    devices.push_back({{"id", info.id},
                       {"kind", info.kind},
                       {"model", info.model},
                       {"memory_bytes", info.memory_bytes},
                       {"caches", caches},
                       {"max_threads", info.max_threads},
                       {"facts", info.facts}});
  }
  json missing = json::object();
  for (const auto& [kind, why] : registry.missing_devices()) missing[kind] = why;
  return {{"system", fmt::format("{} {}", system.sysname, system.release)},
          {"architecture", system.machine},
          {"devices", devices},
          {"missing_devices", missing}};
}

json libraries(Registry& registry) {
  json found = json::object();
  for (const Backend& backend : registry.backends()) {
    const BackendStatus& status = registry.status(backend.name);
    found[backend.name] = {{"available", static_cast<bool>(status.available)},
                           {"why", status.available.why()},
                           {"version", status.version},
                           {"facts", status.facts},
                           {"advice", status.advice}};
  }
  return found;
}

json build() {
  const BuildInfo& info = build_info();
  return {{"version", info.version},
          {"revision", info.revision},
          {"compiler", info.compiler},
          {"flags", info.flags},
          {"type", info.type}};
}

// How far a spin of known length is from what the clock reads, and the clock's own cost.
json timer_self_test() {
  constexpr double spin_s = 100e-6;
  double least_cost = 1, least_excess = 1;
  for (int i = 0; i < 50; ++i) {
    const Stopwatch empty;
    least_cost = std::min(least_cost, empty.seconds());
    const Stopwatch outer;
    for (const Stopwatch inner; inner.seconds() < spin_s;) continue;
    least_excess = std::min(least_excess, outer.seconds() - spin_s);
  }
  return {{"clock", "std::chrono::steady_clock"},
          {"cost_s", least_cost},
          {"spin_s", spin_s},
          {"spin_excess_s", least_excess}};
}

json conditions() {
  json environment = json::object();
  for (const auto& [key, value] : relevant_environment()) environment[key] = value;
  return {{"time_utc", utc_now()},
          {"governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
          {"huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
          {"load_average", first_line("/proc/loadavg")},
          {"environment", environment},
          {"trials", remembered_trials()},
          {"timer", timer_self_test()}};
}

// FNV-1a, 64 bits, over the text.
std::string fingerprint(const json& parts) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : parts.dump()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return fmt::format("{:016x}", hash);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> relevant_environment() {
  return environment_with({"OPENBLAS_", "GOTO", "OMP_", "GOMP_", "KMP_", "MKL_", "BLIS_", "DNNL_", "ONEDNN_",
                           "NVIDIA_", "CUDA_", "CUBLAS_", "CUDNN_"});
}

std::map<std::string, std::string> remembered_trials() {
  const auto found = environment_with({trial_prefix});
  return {found.begin(), found.end()};
}

void recall_trials(const std::map<std::string, std::string>& trials) {
  for (const auto& [variable, outcome] : trials)
    if (variable.starts_with(trial_prefix)) setenv(variable.c_str(), outcome.c_str(), 1);
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string utc_now() { return fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))); }

json comparable_part(const json& context) {
  json libraries = json::object();
  const json all = context.value("libraries", json::object());
  for (const auto& [name, library] : all.items())
    libraries[name] = {library.value("available", json()), library.value("version", json()),
                       library.value("/facts/core"_json_pointer, ""),
                       library.value("/facts/file"_json_pointer, "")};
  return {{"machine", context.value("machine", json())},
          {"build", context.value("build", json())},
          {"libraries", libraries}};
}

std::string machine_fingerprint(Registry& registry) { return fingerprint({machine(registry), build()}); }

json make_context(Registry& registry, const RunOptions& options) {
  json context = {{"record", "context"}, {"schema", record_schema},          {"machine", machine(registry)},
                  {"build", build()},    {"libraries", libraries(registry)}, {"conditions", conditions()},
                  {"options", options}};
  const json same = comparable_part(context);
  context["fingerprint"] = fingerprint({same["machine"], same["build"], same["libraries"]});
  return context;
}

}  // namespace gemmark
