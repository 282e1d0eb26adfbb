#include "harness/options.hpp"

#include <nlohmann/json.hpp>

#include "harness/record.hpp"

namespace gemmark {
namespace {

// Every field that is JSON as it is, once, for writing and for reading.
template <class Options, class Visit>
void visit_fields(Options& o, Visit visit) {
  visit("problems", o.problems), visit("kernels", o.kernels), visit("filter", o.filter);
  visit("devices", o.devices), visit("threads", o.threads), visit("seed", o.seed);
  visit("time_limit_s", o.time_limit_s), visit("patience_s", o.patience_s), visit("target", o.target);
  visit("call_limit_s", o.call_limit_s), visit("hang_limit_s", o.hang_limit_s);
  visit("require", o.require);
}

}  // namespace

void to_json(nlohmann::json& j, const RunOptions& o) {
  j = {{"data", name(o.data)}, {"ceilings", name(o.ceilings)}};
  visit_fields(o, [&](const char* key, const auto& value) { j[key] = value; });
  for (const Mode mode : o.modes) j["modes"].push_back(name(mode));
}

void from_json(const nlohmann::json& j, RunOptions& o) {
  visit_fields(o, [&](const char* key, auto& value) { j.at(key).get_to(value); });
  o.data = distribution_named(j.at("data").get<std::string>()).value();
  o.ceilings = ceiling_policy_named(j.at("ceilings").get<std::string>()).value();
  o.modes.clear();
  for (const auto& mode : j.at("modes")) o.modes.push_back(mode_named(mode.get<std::string>()).value());
}

}  // namespace gemmark
