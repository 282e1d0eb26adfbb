// When a row has been sampled enough.
#pragma once

#include <cstddef>
#include <span>

#include "harness/options.hpp"
#include "harness/record.hpp"
#include "harness/samples.hpp"
#include "harness/stats.hpp"

namespace gemmark {

struct StopRule {
  double target = 0.005;    ///< relative half-width of the median's interval
  double time_limit_s = 1;  ///< wall time a row may spend on sampling
  std::size_t min_samples = 10;

  static constexpr std::size_t min_slow_samples = 3;  ///< where one takes over slow_s, and at the time limit
  static constexpr double slow_s = 1;
  static constexpr std::size_t max_samples = 2000;

  /// In hot mode a sample is a block of calls.
  static StopRule of(const RunOptions& options, Mode mode) {
    return {options.target, options.time_limit_s, mode == Mode::hot ? 6U : 10U};
  }

  bool converged(std::span<const double> samples_s) const {
    if (samples_s.size() < min_slow_samples) return false;
    const Estimate now = estimate(samples_s);
    return samples_s.size() >= (now.median > slow_s ? min_slow_samples : min_samples) &&
           now.half_width <= target;
  }
  /// Stop::none: go on.
  Stop operator()(const Samples& samples, double spent_s) const {
    if (converged(samples.alone())) return Stop::converged;
    if (samples.size() >= min_slow_samples && spent_s >= time_limit_s) return Stop::noisy;
    return samples.size() >= max_samples ? Stop::max_samples : Stop::none;
  }
};

}  // namespace gemmark
