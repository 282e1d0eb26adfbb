// What a set of samples says: order statistics only, since nothing is known about their distribution.
#pragma once

#include <optional>
#include <span>
#include <utility>

namespace gemmark {

struct Estimate {
  double median = 0;
  double min = 0;
  double mad = 0;  ///< median absolute deviation from the median, unscaled
  /// Distribution-free interval of the median with a nominal coverage of at least 95%; six samples at least.
  std::optional<std::pair<double, double>> ci95;
  /// Half of the interval's width (of the range, where there is no interval) over the median.
  double half_width = 0;
};

/// `samples` must not be empty.
Estimate estimate(std::span<const double> samples);

/// The 0-based ranks [low, high] of the order statistics that enclose the median with at least 95%, or
/// nothing below six samples. Source: David and Nagaraja, Order Statistics, section 7.1.
std::optional<std::pair<std::size_t, std::size_t>> median_interval_ranks(std::size_t count);

double median(std::span<const double> values);

}  // namespace gemmark
