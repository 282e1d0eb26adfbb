#include "bench/session_exit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "bench/exit_code.hpp"
#include "bench/usage_error.hpp"
#include "kernels/api/registry.hpp"

namespace gemmark {

Expansion checked_expansion(const RunOptions& options) {
  Expansion expansion;
  try {
    expansion = expand(options, Registry::global());
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  const auto& modes = options.modes;
  const auto& devices = Registry::global().devices();
  if (std::all_of(modes.begin(), modes.end(), [](Mode mode) { return mode == Mode::offload; }) &&
      std::all_of(devices.begin(), devices.end(), [](const auto& d) { return d->info().kind == "host"; }))
    throw EnvironmentError("mode offload is for devices besides the host, and this machine has none");
  if (expansion.units.empty() && expansion.refused.empty())
    throw UsageError(fmt::format(
        "nothing to measure: none of {} problem{} has a kernel that passes{}{}", options.problems.size(),
        options.problems.size() == 1 ? "" : "s", options.kernels.empty() ? "" : " --kernels",
        options.filter.empty() ? "" : fmt::format(" --filter '{}'", options.filter)));
  return expansion;
}

int session_exit(const RunSummary& summary) {
  int code = exit_fine;
  for (const auto& [status, count] : summary.rows_by_status)
    if (count > 0 &&
        (status == name(Status::wrong) || status == name(Status::failed) || status == name(Status::timeout)))
      code = exit_wrong_or_failed;
  return code;
}

}  // namespace gemmark
