// Figures as people read them: decimal units, three or four significant digits, "-" for what does not exist.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

/// "824 ns", "9.81 ms", "1.24 s".
std::string time_text(double seconds);
std::string time_text(const std::optional<double>& seconds);
/// "0:07", "12:05", "1:02:09".
std::string clock_text(double seconds);
/// "4.00 GB", "768 kB": decimal.
std::string bytes_text(double bytes);
/// "L1 32 KiB × 2, L3 32 MiB": caches are sized in powers of two, and their names say so.
std::string caches_text(const std::vector<Cache>& caches);
/// Three significant digits, never an exponent for what a table holds: "0.512", "48.7", "218.9", "4249".
std::string number_text(double value);
/// The place of a precision among others; those that are not known come last.
int precision_rank(std::string_view precision);
/// Whether that names a precision that multiplies integers: its rates are OP/s.
bool is_integer(std::string_view precision);
/// "FLOP/s", or "OP/s" where the precision's operands are integers.
std::string_view rate_unit(std::string_view precision);
/// For several precisions in one column: "(FL)OP/s" where some are integers and some are not.
std::string_view rate_unit(bool integers, bool floats);
/// "205 GFLOP/s", "1.21 POP/s".
std::string rate_text(double tflops, std::string_view precision);
/// "91%" or "0.3%" of a fraction.
std::string percent_text(double fraction);
/// Half the width of the median's interval, relative: "±0.4%".
std::string interval_text(const ResultRecord& record);
/// How near the worst element is to its bound: "0.02", "0"; above 1 it is wrong.
std::string error_text(const ResultRecord& record);

}  // namespace gemmark
