// The first line of a file of record: on what, with what and under which conditions it was measured.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "harness/options.hpp"
#include "kernels/api/registry.hpp"

namespace gemmark {

nlohmann::json make_context(Registry& registry, const RunOptions& options);

/// What must be the same for two runs to be comparable without a remark, out of their contexts: machine,
/// build, and which libraries there are, not what they measured of themselves. The fingerprint is made of it.
nlohmann::json comparable_part(const nlohmann::json& context);

/// What a physical limit depends on: machine and build. Equal for runs that may show each other's ceilings.
std::string machine_fingerprint(Registry& registry);

/// What kernels' factories left for other processes of the run in variables GEMMARK_TRIAL_…: one that tried
/// anew might offer other kernels. To be recalled before the registry is first asked.
std::map<std::string, std::string> remembered_trials();
void recall_trials(const std::map<std::string, std::string>& trials);

/// Now, as in "2026-01-31T23:59:59Z".
std::string utc_now();

/// Of a file, as of those under /proc and /sys; empty where it cannot be read.
std::string first_line(const std::string& path);

/// Environment variables that can change what a library does, with their values.
std::vector<std::pair<std::string, std::string>> relevant_environment();

}  // namespace gemmark
