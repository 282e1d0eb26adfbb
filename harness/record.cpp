#include "harness/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "harness/names.hpp"
#include "harness/options.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 8> status_names{"ok",          "mistrusted", "wrong",  "unsupported",
                                                       "unavailable", "skipped",    "failed", "timeout"};
constexpr std::array<std::string_view, 4> stop_names{"", "converged", "noisy", "max-samples"};
constexpr std::array<std::string_view, 4> mode_names{"cold", "hot", "latency", "offload"};
constexpr std::array<std::string_view, 3> role_names{"own", "vendor", "framework"};
constexpr std::array<std::string_view, 3> kind_names{"compute", "bandwidth", "link"};
constexpr std::array<std::string_view, 3> policy_names{"fresh", "cached", "off"};

// What files of earlier versions lack.
constexpr std::array<std::string_view, 11> late_fields{
    "relative_error", "accumulator_bits", "memory_clock_mhz", "temperature_c",     "clock_mhz", "datasheet",
    "contended_s",    "origin",           "measured_utc",     "contended_samples", "settled"};

template <class T>
void set(json& j, const char* key, const std::optional<T>& value) {
  if (value)
    j[key] = *value;
  else
    j[key] = nullptr;
}
bool is_missing(const json& j, const char* key) {
  return !j.contains(key) && std::find(late_fields.begin(), late_fields.end(), key) != late_fields.end();
}
template <class T>
T read(const json& found, const char* key) {
  // The library would cast what does not fit.
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    if (!(found.is_number_unsigned()
              ? std::in_range<T>(found.get<std::uint64_t>())
              : found.is_number_integer() && std::in_range<T>(found.get<std::int64_t>())))
      throw std::range_error(fmt::format("'{}' is {}, expected a whole number from {} to {}", key,
                                         found.dump(), std::numeric_limits<T>::min(),
                                         std::numeric_limits<T>::max()));
  return found.get<T>();
}
template <class T>
void get(const json& j, const char* key, std::optional<T>& value) {
  const json found = is_missing(j, key) ? json() : j.at(key);
  value = found.is_null() ? std::nullopt : std::optional(read<T>(found, key));
}
template <class T>
void get(const json& j, const char* key, T& value) {
  if (!is_missing(j, key)) value = read<T>(j.at(key), key);
}
template <class T>
void set(json& j, const char* key, const T& value) {
  j[key] = value;
}

// Every field of a result, once, for writing and for reading.
template <class Record, class Visit>
void visit_fields(Record& r, Visit visit) {
  visit("problem", r.problem), visit("comparison", r.comparison), visit("op", r.op);
  visit("precision", r.precision), visit("kernel", r.kernel), visit("backend", r.backend);
  visit("role", r.role), visit("device", r.device), visit("threads", r.threads), visit("mode", r.mode);
  visit("data", r.data), visit("seed", r.seed), visit("status", r.status), visit("why", r.why);
  visit("samples_s", r.samples_s), visit("contended_s", r.contended_s);
  visit("contended_samples", r.contended_samples);
  visit("median_s", r.median_s), visit("min_s", r.min_s);
  visit("mad_s", r.mad_s), visit("ci95_s", r.ci95_s), visit("stop", r.stop);
  visit("timer_bias_s", r.timer_bias_s), visit("plan_s", r.plan_s);
  visit("flops", r.flops), visit("flops_padded", r.flops_padded);
  visit("flops_executed", r.flops_executed), visit("bytes", r.bytes);
  visit("tflops", r.tflops), visit("gbps", r.gbps), visit("latency_us", r.latency_us);
  visit("ceiling_fraction", r.ceiling_fraction);
  visit("backend_ceiling_fraction", r.backend_ceiling_fraction), visit("bound", r.bound);
  visit("error", r.error), visit("error_bound", r.error_bound), visit("verification", r.verification);
  visit("relative_error", r.relative_error), visit("accumulator_bits", r.accumulator_bits);
  visit("algorithm", r.algorithm), visit("workspace_bytes", r.workspace_bytes);
  visit("clock_mhz", r.clock_mhz), visit("memory_clock_mhz", r.memory_clock_mhz);
  visit("power_w", r.power_w), visit("temperature_c", r.temperature_c), visit("energy_j", r.energy_j);
  visit("throttle", r.throttle), visit("repro", r.repro);
}

template <class Record, class Visit>
void visit_ceiling(Record& r, Visit visit) {
  visit("device", r.device), visit("kind", r.kind), visit("name", r.name), visit("backend", r.backend);
  visit("precision", r.precision), visit("cache_level", r.cache_level), visit("threads", r.threads);
  visit("value", r.value), visit("unit", r.unit), visit("shape", r.shape);
  visit("clock_mhz", r.clock_mhz), visit("datasheet", r.datasheet);
  visit("origin", r.origin), visit("measured_utc", r.measured_utc);
  visit("settled", r.settled);
}

}  // namespace

std::string_view name(Status status) { return name_of(status_names, status); }
std::string_view name(Stop stop) { return name_of(stop_names, stop); }
std::string_view name(Mode mode) { return name_of(mode_names, mode); }
std::string_view name(Role role) { return name_of(role_names, role); }
std::string_view name(Ceiling::Kind kind) { return name_of(kind_names, kind); }
std::string_view name(CeilingPolicy policy) { return name_of(policy_names, policy); }
std::optional<Status> status_named(std::string_view text) { return named<Status>(status_names, text); }
std::optional<Mode> mode_named(std::string_view text) { return named<Mode>(mode_names, text); }
std::optional<Role> role_named(std::string_view text) { return named<Role>(role_names, text); }
std::optional<CeilingPolicy> ceiling_policy_named(std::string_view text) {
  return named<CeilingPolicy>(policy_names, text);
}

void to_json(json& j, const ResultRecord& record) {
  j = {{"record", "result"}};
  visit_fields(record, [&](const char* key, const auto& value) { set(j, key, value); });
}
void from_json(const json& j, ResultRecord& record) {
  visit_fields(record, [&](const char* key, auto& value) { get(j, key, value); });
}
void to_json(json& j, const CeilingRecord& record) {
  j = {{"record", "ceiling"}};
  visit_ceiling(record, [&](const char* key, const auto& value) { set(j, key, value); });
}
void from_json(const json& j, CeilingRecord& record) {
  visit_ceiling(record, [&](const char* key, auto& value) { get(j, key, value); });
}

std::string to_line(const json& j) { return j.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace gemmark
