// What the rows of a run say together: further `summary` lines of the file, and text for the console.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

class Findings {
 public:
  void add(const ResultRecord& record);
  /// Summary lines with a `kind`; none where the rows do not allow any.
  std::vector<nlohmann::json> lines() const;
  /// For the console; empty where there are no findings.
  std::string text() const;

 private:
  std::vector<ResultRecord> results_;  ///< without their samples
};

}  // namespace gemmark
