// What a device's instruments read while a row was sampled: between calls, and seldom, since a reading takes
// as long as a short kernel.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/record.hpp"
#include "harness/stopwatch.hpp"
#include "kernels/api/device.hpp"

namespace gemmark {

class Instruments {
 public:
  /// Right after a call, while the clock is still the call's. Most calls of this do nothing.
  void after_call(Device& device);
  /// Around a block of calls without a pause; blocks that are too short for the meter of energy do not count.
  void begin_block(Device& device);
  void end_block(Device& device, double calls);

  /// Medians, and where blocks were long enough together Joule a call and Watts over the same calls.
  void fill_in(ResultRecord& record) const;
  /// The reasons that say that the figure is not what the device can do, or empty.
  std::string distress() const;

 private:
  void take(const Sensors& now);

  bool ever_ = false;
  Stopwatch since_last_;
  std::vector<double> clock_mhz_, memory_clock_mhz_;
  std::optional<double> temperature_c_;
  std::set<std::string> reasons_;
  std::set<std::string> distress_;
  std::optional<double> block_start_j_;
  Stopwatch block_;
  double energy_j_ = 0, energy_s_ = 0, energy_calls_ = 0;
};

}  // namespace gemmark
