#include "reports/ratio.hpp"

#include <fmt/format.h>

#include <cmath>

#include "reports/figures.hpp"

namespace gemmark {

std::optional<Ratio> ratio(const ResultRecord& base, const ResultRecord& row) {
  if (!base.median_s || !row.median_s || !(*base.median_s > 0) || !(*row.median_s > 0)) return std::nullopt;
  Ratio result{.value = *base.median_s / *row.median_s};
  if (!base.ci95_s || !row.ci95_s || !(base.ci95_s->first > 0) || !(row.ci95_s->first > 0)) return result;
  const double log = std::log(result.value);
  const auto from = [](const ResultRecord& r, double limit) { return std::log(limit / *r.median_s); };
  const double down = std::hypot(from(base, base.ci95_s->first), from(row, row.ci95_s->second));
  const double up = std::hypot(from(base, base.ci95_s->second), from(row, row.ci95_s->first));
  result.ci95 = {std::exp(log - down), std::exp(log + up)};
  return result;
}

std::string times_text(double ratio) {
  const int digits = ratio < 0.0095 ? 4 : ratio < 0.0995 ? 3 : ratio < 9.95 ? 2 : ratio < 99.5 ? 1 : 0;
  return fmt::format("{:.{}f}×", ratio, digits);
}

std::string ratio_text(const Ratio& ratio) {
  if (!ratio.ci95) return times_text(ratio.value);
  return fmt::format("{} [{}, {}]", times_text(ratio.value), number_text(ratio.ci95->first),
                     number_text(ratio.ci95->second));
}

}  // namespace gemmark
