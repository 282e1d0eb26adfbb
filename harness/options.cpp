#include "harness/options.hpp"

#include <nlohmann/json.hpp>

#include "harness/record.hpp"

namespace gemmark {

void to_json(nlohmann::json& j, const RunOptions& o) {
  j = {{"problems", o.problems},
       {"kernels", o.kernels},
       {"filter", o.filter},
       {"devices", o.devices},
       {"threads", o.threads},
       {"data", name(o.data)},
       {"seed", o.seed},
       {"time_limit_s", o.time_limit_s},
       {"patience_s", o.patience_s},
       {"target", o.target},
       {"call_limit_s", o.call_limit_s},
       {"hang_limit_s", o.hang_limit_s},
       {"require", o.require},
       {"ceilings", name(o.ceilings)}};
  for (const Mode mode : o.modes) j["modes"].push_back(name(mode));
}

void from_json(const nlohmann::json& j, RunOptions& o) {
  j.at("problems").get_to(o.problems);
  j.at("kernels").get_to(o.kernels);
  j.at("filter").get_to(o.filter);
  j.at("devices").get_to(o.devices);
  j.at("threads").get_to(o.threads);
  o.data = distribution_named(j.at("data").get<std::string>()).value();
  j.at("seed").get_to(o.seed);
  j.at("time_limit_s").get_to(o.time_limit_s);
  j.at("patience_s").get_to(o.patience_s);
  j.at("target").get_to(o.target);
  j.at("call_limit_s").get_to(o.call_limit_s);
  j.at("hang_limit_s").get_to(o.hang_limit_s);
  j.at("require").get_to(o.require);
  o.ceilings = ceiling_policy_named(j.at("ceilings").get<std::string>()).value();
  o.modes.clear();
  for (const auto& mode : j.at("modes")) o.modes.push_back(mode_named(mode.get<std::string>()).value());
}

}  // namespace gemmark
