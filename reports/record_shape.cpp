#include "reports/record_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace gemmark {
namespace {

using nlohmann::json;

struct Expected {
  std::string_view where;  ///< "*" stands for every element
  std::string_view type;   ///< as nlohmann's type_name() has it, or "integer"
};

// What holds others comes first.
constexpr Expected context_types[] = {{"machine", "object"},
                                      {"machine/system", "string"},
                                      {"machine/architecture", "string"},
                                      {"machine/missing_devices", "object"},
                                      {"machine/devices", "array"},
                                      {"machine/devices/*", "object"},
                                      {"machine/devices/*/id", "string"},
                                      {"machine/devices/*/model", "string"},
                                      {"machine/devices/*/max_threads", "integer"},
                                      {"machine/devices/*/memory_bytes", "number"},
                                      {"machine/devices/*/facts", "object"},
                                      {"machine/devices/*/caches", "array"},
                                      {"machine/devices/*/caches/*", "object"},
                                      {"machine/devices/*/caches/*/*", "integer"},
                                      {"build", "object"},
                                      {"build/*", "string"},
                                      {"libraries", "object"},
                                      {"libraries/*", "object"},
                                      {"libraries/*/available", "boolean"},
                                      {"libraries/*/version", "string"},
                                      {"libraries/*/why", "string"},
                                      {"libraries/*/advice", "array"},
                                      {"libraries/*/facts", "object"},
                                      {"libraries/*/facts/core", "string"},
                                      {"libraries/*/facts/file", "string"},
                                      {"conditions", "object"},
                                      {"conditions/time_utc", "string"},
                                      {"conditions/governor", "string"},
                                      {"conditions/environment", "object"},
                                      {"options", "object"},
                                      {"options/problems", "array"},
                                      {"options/target", "number"}};
constexpr Expected crossover_types[] = {
    {"varies", "string"},  {"family", "string"},     {"device", "string"}, {"precision", "string"},
    {"verdict", "string"}, {"transfers", "boolean"}, {"from", "integer"}};

std::string fault(const json& value, std::string_view where, const Expected& expected) {
  const bool fits =
      expected.type == "integer" ? value.is_number_integer() : value.type_name() == expected.type;
  return fits ? "" : fmt::format("{} has type {}, expected {}", where, value.type_name(), expected.type);
}

// `path` is what is left of the place, `where` what has been walked.
std::string fault_below(const json& value, std::string_view path, const std::string& where,
                        const Expected& expected) {
  if (path.empty()) return fault(value, where, expected);
  const std::string_view name = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(name.size() + 1, path.size()));
  for (const auto& [key, child] : value.items())
    if (name == "*" || key == name)
      if (std::string found = fault_below(child, path, where + (where.empty() ? "" : "/") + key, expected);
          !found.empty())
        return found;
  return "";
}

}  // namespace

std::string fault_of_context(const json& context) {
  for (const Expected& expected : context_types)
    if (std::string found = fault_below(context, expected.where, "", expected); !found.empty()) return found;
  return "";
}

std::string fault_of_finding(const json& finding) {
  const json& kind = finding.at("kind");
  if (std::string found = fault(kind, "kind", {"kind", "string"}); !found.empty()) return found;
  if (kind != "offload-crossover") return "";
  for (const Expected& expected : crossover_types) {
    const json value = finding.value(std::string(expected.where), json());
    if (expected.where == "from" && value.is_null()) continue;  // never
    if (std::string found = fault(value, expected.where, expected); !found.empty()) return found;
  }
  return "";
}

}  // namespace gemmark
