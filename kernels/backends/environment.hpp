// Environment variables, changed for the length of a scope: how a library is told its settings while it
// loads.
//
// Not for use while other threads read the environment: the registry's factories run before there are any.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/api/environment.hpp"

namespace gemmark {

class ScopedEnvironment {
 public:
  ScopedEnvironment() = default;
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment() {
    for (auto change = before_.rbegin(); change != before_.rend(); ++change)
      put(change->first, change->second);
  }

  void set(const std::string& variable, const std::string& value) { change(variable, value); }
  void unset(const std::string& variable) { change(variable, std::nullopt); }

 private:
  static void put(const std::string& variable, const std::optional<std::string>& value) {
    if (value)
      setenv(variable.c_str(), value->c_str(), 1);
    else
      unsetenv(variable.c_str());
  }
  void change(const std::string& variable, const std::optional<std::string>& value) {
    const char* old = std::getenv(variable.c_str());
    before_.emplace_back(variable, old != nullptr ? std::optional<std::string>(old) : std::nullopt);
    put(variable, value);
  }

  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

/// environment_with() as one text: "OPENBLAS_CORETYPE=Haswell OPENBLAS_NUM_THREADS=4".
inline std::string environment_text(const std::vector<std::string>& prefixes) {
  std::string text;
  for (const auto& [variable, value] : environment_with(prefixes))
    text += (text.empty() ? "" : " ") + variable + "=" + value;
  return text;
}

}  // namespace gemmark
