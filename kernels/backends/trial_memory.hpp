// Worker processes inherit the parent's trial through the environment (GEMMARK_TRIAL_OPENBLAS=…): they start
// sooner, and above all they offer the same kernels under the same names, which a trial of their own need
// not.
//
// What is inherited counts only where the library's own variables still are what they were at the trial.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/api/environment.hpp"
#include "kernels/backends/trial.hpp"

namespace gemmark {

/// `conditions` is any text that changes when the trial would have to be repeated.
class TrialMemory {
 public:
  TrialMemory(const std::string& library, const std::string& conditions)
      : variable_(trial_prefix + library), key_(fmt::format("{:x}", std::hash<std::string>{}(conditions))) {
    std::transform(variable_.begin(), variable_.end(), variable_.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }

  /// What an ancestor remembered, one outcome a label in their order; nothing where it does not fit.
  std::optional<std::vector<TrialOutcome>> recall(const std::vector<Contender>& contenders) const {
    const char* text = std::getenv(variable_.c_str());
    if (text == nullptr) return std::nullopt;
    std::istringstream records(text);
    std::string record;
    if (!std::getline(records, record, ';') || record != key_) return std::nullopt;
    std::vector<TrialOutcome> outcomes;
    while (std::getline(records, record, ';')) {
      std::istringstream fields(record);
      TrialOutcome outcome;
      std::string gflops, crashed;
      std::getline(fields, outcome.label, '|');
      std::getline(fields, outcome.core, '|');
      std::getline(fields, gflops, '|');
      std::getline(fields, crashed, '|');
      std::getline(fields, outcome.failure);
      outcome.gflops = std::strtod(gflops.c_str(), nullptr);
      outcome.crashed = crashed == "1";
      outcomes.push_back(std::move(outcome));
    }
    const bool fits = outcomes.size() == contenders.size() &&
                      std::equal(outcomes.begin(), outcomes.end(), contenders.begin(),
                                 [](const auto& o, const auto& c) { return o.label == c.label; });
    return fits ? std::optional(std::move(outcomes)) : std::nullopt;
  }

  void remember(const std::vector<TrialOutcome>& outcomes) const {
    std::string text = key_;
    for (const TrialOutcome& outcome : outcomes) {
      std::string why = outcome.failure;
      std::replace(why.begin(), why.end(), ';', ',');
      text += fmt::format(";{}|{}|{:.1f}|{}|{}", outcome.label, outcome.core, outcome.gflops,
                          outcome.crashed ? 1 : 0, why);
    }
    setenv(variable_.c_str(), text.c_str(), 1);
  }

 private:
  std::string variable_;
  std::string key_;
};

}  // namespace gemmark
