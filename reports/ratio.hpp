// How many times as fast one row is as another, with an interval.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "harness/record.hpp"

namespace gemmark {

struct Ratio {
  double value = 1;                                 ///< base time / time: 2 is twice as fast as the base
  std::optional<std::pair<double, double>> ci95{};  ///< nullopt where a row has no interval of its own
};

/// Nothing where a row has no median. The interval joins the two medians' own intervals on the log scale by
/// the method of variance estimates recovery (Zou and Donner 2008), which assumes that the two vary
/// independently; rows that were sampled in turns vary together, and their true interval is narrower.
std::optional<Ratio> ratio(const ResultRecord& base, const ResultRecord& row);

/// "1.24×", "0.0083×".
std::string times_text(double ratio);
/// "1.24× [1.21, 1.27]", or without the brackets.
std::string ratio_text(const Ratio& ratio);

}  // namespace gemmark
