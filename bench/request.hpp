// What `run` and `bench` are asked to measure: a suite or problems, and settings.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/options.hpp"

namespace gemmark {

class Registry;

struct Request {
  std::vector<std::string> suites;  ///< one at most; more is the user's error
  std::vector<std::string> problems;
  std::map<std::string, std::vector<std::string>> settings;  ///< by Setting::name, as given

  /// Nothing at all was asked for.
  bool empty() const {
    return suites.empty() && problems.empty() &&
           std::all_of(settings.begin(), settings.end(), [](const auto& s) { return s.second.empty(); });
  }
};

/// Adds --suite, --problem and an option for every setting.
std::shared_ptr<Request> add_request(CLI::App& app);

/// Throws UsageError for a pattern that no kernel's name matches. Kernels of a backend that is not in this
/// build are no slip, since a suite names what other machines have; where there is nothing else,
/// EnvironmentError says why.
void check_kernels(const std::vector<std::string>& patterns, Registry& registry);

/// The options of the run: defaults, then the suite's settings, then those of the command line, every name
/// checked against what this program and machine have. Throws UsageError and EnvironmentError.
RunOptions resolve(const Request& request);

}  // namespace gemmark
