#include "reports/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "kernels/api/precision.hpp"

namespace gemmark {
namespace {

struct Unit {
  double size;
  std::string_view name;
};

// The unit in which three digits suffice: 999.6 ns is 1.00 us.
template <class Units>
std::string in_unit(double value, const Units& units) {
  for (const Unit& unit : units)
    if (value >= 0.9995 * unit.size) return fmt::format("{} {}", number_text(value / unit.size), unit.name);
  return fmt::format("{} {}", number_text(value / units.back().size), units.back().name);
}

}  // namespace

std::string number_text(double value) {
  const double magnitude = std::abs(value);
  if (!std::isfinite(value)) return "-";
  if (magnitude == 0) return "0";
  if (magnitude < 0.0005) return fmt::format("{:.1e}", value);
  if (magnitude < 0.9995) return fmt::format("{:.3f}", value);
  if (magnitude < 9.995) return fmt::format("{:.2f}", value);
  if (magnitude < 999.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

std::string time_text(double seconds) {
  constexpr std::array<Unit, 4> units{{{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
  return in_unit(seconds, units);
}
std::string time_text(const std::optional<double>& seconds) { return seconds ? time_text(*seconds) : "-"; }

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::max(0.0, std::round(seconds)));
  const long long hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string bytes_text(double bytes) {
  constexpr std::array<Unit, 5> units{{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}}};
  return in_unit(bytes, units);
}

std::string caches_text(const std::vector<Cache>& caches) {
  constexpr std::int64_t mebi = 1 << 20, kibi = 1 << 10;
  std::string text;
  for (const Cache& cache : caches) {
    const bool large = cache.bytes >= mebi && cache.bytes % (mebi / 2) == 0;
    text += fmt::format("{}L{} {} {}", text.empty() ? "" : ", ", cache.level,
                        static_cast<double>(cache.bytes) / static_cast<double>(large ? mebi : kibi),
                        large ? "MiB" : "KiB");
    if (cache.instances > 1) text += fmt::format(" × {}", cache.instances);
  }
  return text;
}

int precision_rank(std::string_view precision) {
  const auto known = precision_named(precision);
  return known ? static_cast<int>(*known) : static_cast<int>(precision_table.size());
}

bool is_integer(std::string_view precision) {
  return precision == name(Precision::int8) || precision == name(Precision::int4);
}

std::string_view rate_unit(bool integers, bool floats) {
  return !integers ? "FLOP/s" : floats ? "(FL)OP/s" : "OP/s";
}
std::string_view rate_unit(std::string_view precision) {
  const bool integers = is_integer(precision);
  return rate_unit(integers, !integers);
}

std::string rate_text(double tflops, std::string_view precision) {
  const auto in_units = [&](double value, char prefix) {
    return value < 99.95 ? fmt::format("{} {}{}", number_text(value), prefix, rate_unit(precision))
                         : fmt::format("{:.0f} {}{}", value, prefix, rate_unit(precision));
  };
  if (tflops >= 999.5) return in_units(tflops / 1000, 'P');
  return tflops >= 0.9995 ? in_units(tflops, 'T') : in_units(tflops * 1000, 'G');
}

std::string percent_text(double fraction) {
  const double percent = 100 * fraction;
  return percent < 9.95 ? fmt::format("{:.1f}%", percent) : fmt::format("{:.0f}%", percent);
}

std::string interval_text(const ResultRecord& record) {
  if (!record.ci95_s || !record.median_s || *record.median_s <= 0) return "-";
  const double half = (record.ci95_s->second - record.ci95_s->first) / 2 / *record.median_s;
  return "±" + percent_text(half);
}

std::string error_text(const ResultRecord& record) {
  if (!record.error || !record.error_bound) return "-";
  if (*record.error == 0) return "0";
  if (!(*record.error_bound > 0)) return "inf";
  const double ratio = *record.error / *record.error_bound;
  if (!std::isfinite(ratio)) return "inf";
  if (ratio >= 1000) return ">999";
  if (ratio < 0.0095) return "<0.01";
  return ratio < 9.995 ? fmt::format("{:.2f}", ratio) : fmt::format("{:.0f}", ratio);
}

}  // namespace gemmark
