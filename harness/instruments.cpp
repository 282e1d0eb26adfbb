#include "harness/instruments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/stats.hpp"

namespace gemmark {
namespace {

constexpr double between_readings_s = 0.05;
// NVML's meter moves every 20 to 100 ms: over a second it is good for a few percent.
constexpr double least_energy_s = 1, least_block_s = 0.2;

void add(std::vector<double>& values, const std::optional<double>& value) {
  if (value) values.push_back(*value);
}
std::optional<double> middle(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return median(values);
}

}  // namespace

void Instruments::take(const Sensors& now) {
  add(clock_mhz_, now.clock_mhz);
  add(memory_clock_mhz_, now.memory_clock_mhz);
  if (now.temperature_c) temperature_c_ = std::max(temperature_c_.value_or(-273), *now.temperature_c);
  reasons_.insert(now.throttle.begin(), now.throttle.end());
  if (now.distressed) distress_.insert(now.throttle.begin(), now.throttle.end());
}

void Instruments::after_call(Device& device) {
  if (ever_ && since_last_.seconds() < between_readings_s) return;
  if (const auto now = device.sensors()) take(*now);
  ever_ = true;
  since_last_ = {};
}

void Instruments::begin_block(Device& device) {
  const auto now = device.sensors();
  block_start_j_ = now ? now->energy_j : std::nullopt;
  block_ = {};
}

void Instruments::end_block(Device& device, double calls) {
  const double seconds = block_.seconds();
  const auto now = device.sensors();
  if (!now || !now->energy_j || !block_start_j_ || seconds < least_block_s) return;
  energy_j_ += *now->energy_j - *block_start_j_;
  energy_s_ += seconds;
  energy_calls_ += calls;
}

void Instruments::fill_in(ResultRecord& record) const {
  record.clock_mhz = middle(clock_mhz_);
  record.memory_clock_mhz = middle(memory_clock_mhz_);
  record.temperature_c = temperature_c_;
  record.throttle = fmt::format("{}", fmt::join(reasons_, ","));
  if (energy_s_ < least_energy_s || energy_j_ <= 0) return;
  record.energy_j = energy_j_ / energy_calls_;
  record.power_w = energy_j_ / energy_s_;
}

std::string Instruments::distress() const { return fmt::format("{}", fmt::join(distress_, ", ")); }

}  // namespace gemmark
