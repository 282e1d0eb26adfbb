// The first line of a file of record: on what, with what and under which conditions it was measured.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "harness/options.hpp"
#include "kernels/api/registry.hpp"

namespace gemmark {

nlohmann::json make_context(Registry& registry, const RunOptions& options);

/// Environment variables that can change what a library does, with their values.
std::vector<std::pair<std::string, std::string>> relevant_environment();

}  // namespace gemmark
