#include "reports/findings.hpp"

#include <nlohmann/json.hpp>

#include "reports/offload.hpp"
#include "reports/precision_ladder.hpp"

namespace gemmark {

void Findings::add(const ResultRecord& record) {
  if (record.status != name(Status::ok)) return;
  results_.push_back(record);
  results_.back().samples_s.clear();
}

std::vector<nlohmann::json> Findings::lines() const {
  std::vector<nlohmann::json> all;
  for (const Crossover& crossover : offload_crossovers(results_)) all.push_back(crossover_json(crossover));
  for (const PrecisionLadder& ladder : precision_ladders(results_)) all.push_back(ladder_json(ladder));
  return all;
}

std::string Findings::text() const {
  std::string text;
  const auto crossovers = offload_crossovers(results_);
  if (!crossovers.empty()) text += "from which size a device is worth it\n";
  for (const Crossover& crossover : crossovers) text += "  " + crossover_text(crossover) + "\n";
  if (!crossovers.empty()) text += "\n";
  for (const PrecisionLadder& ladder : precision_ladders(results_)) text += ladder_text(ladder) + "\n";
  return text;
}

}  // namespace gemmark
