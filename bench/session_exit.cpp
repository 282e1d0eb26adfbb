#include "bench/session_exit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
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
  if (expansion.units.empty() && expansion.refused.empty())
    throw UsageError(fmt::format(
        "nothing to measure: none of {} problem{} has a kernel that passes{}{}", options.problems.size(),
        options.problems.size() == 1 ? "" : "s", options.kernels.empty() ? "" : " --kernels",
        options.filter.empty() ? "" : fmt::format(" --filter '{}'", options.filter)));
  return expansion;
}

const std::string& checked_output(const std::string& path, bool force) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path parent = fs::path(path).parent_path();
  if (path.empty()) throw UsageError("--out '': expected a file's name");
  if (fs::is_directory(path, ignored))
    throw UsageError(fmt::format("{}: is a directory; expected a file's name", path));
  if (!force && fs::exists(path, ignored))
    throw UsageError(fmt::format("{}: exists already; choose another name, or --force to replace it", path));
  if (!parent.empty() && !fs::is_directory(parent, ignored))
    throw UsageError(fmt::format("{}: cannot be written: there is no directory {}", path, parent.string()));
  const std::string target = fs::exists(path, ignored) ? path : parent.empty() ? "." : parent.string();
  if (access(target.c_str(), W_OK) != 0)
    throw UsageError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  return path;
}

void keep_apart(const std::string& output, const std::vector<std::string>& inputs) {
  std::error_code ignored;
  for (const std::string& input : inputs)
    if (!output.empty() && std::filesystem::equivalent(output, input, ignored))
      throw UsageError(fmt::format("{}: is read here, and would be replaced by what is made of it", output));
}

int session_exit(const RunSummary& summary) {
  int code = summary.missing_required.empty() ? exit_fine : exit_environment;
  for (const auto& [status, count] : summary.rows_by_status)
    if (count > 0 &&
        (status == name(Status::wrong) || status == name(Status::failed) || status == name(Status::timeout)))
      code = exit_wrong_or_failed;
  return code;
}

}  // namespace gemmark
