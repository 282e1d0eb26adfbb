#include "harness/stats.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <vector>

namespace gemmark {
namespace {

double median_of_sorted(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return median_of_sorted(sorted);
}

std::optional<std::pair<std::size_t, std::size_t>> median_interval_ranks(std::size_t count) {
  constexpr double tail = 0.025;
  if (count == 0) return std::nullopt;
  const boost::math::binomial_distribution<double> below(static_cast<double>(count), 0.5);
  // The largest number of samples that may be cut at either end: P(fewer than `cut` below) ≤ tail.
  std::size_t cut = 0;
  while (cut < count / 2 && boost::math::cdf(below, static_cast<double>(cut)) <= tail) ++cut;
  if (cut == 0) return std::nullopt;
  return std::pair{cut - 1, count - cut};
}

Estimate estimate(std::span<const double> samples) {
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  Estimate result;
  result.median = median_of_sorted(sorted);
  result.min = sorted.front();
  std::pair<double, double> range{sorted.front(), sorted.back()};
  if (const auto ranks = median_interval_ranks(sorted.size())) {
    range = {sorted[ranks->first], sorted[ranks->second]};
    result.ci95 = range;
  }
  result.half_width = result.median > 0 ? (range.second - range.first) / 2 / result.median : 0;
  for (double& value : sorted) value = std::abs(value - result.median);
  std::sort(sorted.begin(), sorted.end());
  result.mad = median_of_sorted(sorted);
  return result;
}

}  // namespace gemmark
