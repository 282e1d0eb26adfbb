#include "reports/precision_ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "reports/figures.hpp"
#include "reports/text_grid.hpp"

namespace gemmark {
namespace {

constexpr std::size_t least_steps = 4;

bool beats(const PrecisionLadder::Step& a, const PrecisionLadder::Step& b) {
  return a.tflops >= b.tflops && a.relative_error <= b.relative_error &&
         (a.tflops > b.tflops || a.relative_error < b.relative_error);
}

}  // namespace

std::vector<PrecisionLadder> precision_ladders(const std::vector<ResultRecord>& results) {
  using Place = std::tuple<std::string, std::string, std::string>;  // comparison, device, mode
  std::vector<Place> order;
  std::map<Place, std::map<std::string, PrecisionLadder::Step>> found;
  for (const ResultRecord& r : results) {
    if (r.status != name(Status::ok) || !r.tflops || !r.relative_error) continue;
    const Place place{r.comparison, r.device, r.mode};
    if (!found.contains(place)) order.push_back(place);
    PrecisionLadder::Step& step = found[place][r.precision];
    if (step.tflops >= *r.tflops) continue;
    step = {r.precision, r.kernel, *r.tflops, *r.relative_error, r.accumulator_bits, false};
  }
  std::vector<PrecisionLadder> ladders;
  for (const Place& place : order) {
    if (found[place].size() < least_steps) continue;
    PrecisionLadder ladder;
    std::tie(ladder.comparison, ladder.device, ladder.mode) = place;
    for (const auto& [precision, step] : found[place]) ladder.steps.push_back(step);
    for (auto& step : ladder.steps)
      step.dominated = std::any_of(ladder.steps.begin(), ladder.steps.end(),
                                   [&](const auto& other) { return beats(other, step); });
    std::stable_sort(ladder.steps.begin(), ladder.steps.end(),
                     [](const auto& a, const auto& b) { return a.relative_error < b.relative_error; });
    ladders.push_back(std::move(ladder));
  }
  return ladders;
}

nlohmann::json ladder_json(const PrecisionLadder& ladder) {
  nlohmann::json steps = nlohmann::json::array();
  for (const auto& step : ladder.steps)
    steps.push_back({{"precision", step.precision},
                     {"kernel", step.kernel},
                     {"tflops", step.tflops},
                     {"relative_error", step.relative_error},
                     {"accumulator_bits",
                      step.accumulator_bits ? nlohmann::json(*step.accumulator_bits) : nlohmann::json()},
                     {"dominated", step.dominated}});
  return {{"record", "summary"},     {"kind", "precision-ladder"}, {"comparison", ladder.comparison},
          {"device", ladder.device}, {"mode", ladder.mode},        {"steps", steps}};
}

std::string ladder_text(const PrecisionLadder& ladder) {
  TextGrid grid;
  grid.add_column("precision", false);
  grid.add_column("error", true);
  const bool tera = std::any_of(ladder.steps.begin(), ladder.steps.end(),
                                [](const auto& step) { return step.tflops >= 10; });
  const auto integers = std::count_if(ladder.steps.begin(), ladder.steps.end(),
                                      [](const auto& step) { return is_integer(step.precision); });
  const bool floats = integers < std::ssize(ladder.steps);
  grid.add_column(fmt::format("{}{}", tera ? "T" : "G", rate_unit(integers > 0, floats)), true);
  grid.add_column("sums keep", true);
  grid.add_column("by", false);
  for (const auto& step : ladder.steps)
    grid.add_row({step.precision, fmt::format("{:.1e}", step.relative_error),
                  number_text(step.tflops * (tera ? 1 : 1000)),
                  step.accumulator_bits ? fmt::format("{} bits", *step.accumulator_bits) : "-",
                  step.kernel + (step.dominated ? " (another is faster and no less exact)" : "")});
  std::string text =
      fmt::format("speed against error: {}  {}, {}\n", ladder.comparison, ladder.mode, ladder.device);
  constexpr int no_limit = 1 << 16;
  for (const std::string& line : grid.lines("  ", no_limit)) text += line + "\n";
  return text;
}

}  // namespace gemmark
