// Whether a line has the types that reports rely on: a file may come from anywhere.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gemmark {

/// "conditions/time_utc has type number, expected string", of the first such place of a context; empty where
/// there is none. What is absent is no fault.
std::string fault_of_context(const nlohmann::json& context);
/// The same of a summary with a kind, of which nothing may be absent that is read.
std::string fault_of_finding(const nlohmann::json& finding);

}  // namespace gemmark
