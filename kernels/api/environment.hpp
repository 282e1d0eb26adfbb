// What the environment tells a library, and one process of a run another.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemmark {

/// Variables that hold what a backend's trial found out, for worker processes: GEMMARK_TRIAL_OPENBLAS, …
inline constexpr const char* trial_prefix = "GEMMARK_TRIAL_";

/// Every variable whose name begins with one of the prefixes, sorted: {"OPENBLAS_CORETYPE", "Haswell"}, …
inline std::vector<std::pair<std::string, std::string>> environment_with(
    const std::vector<std::string>& prefixes) {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    if (std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& p) { return text.starts_with(p); }))
      found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace gemmark
