#include "bench/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "bench/usage_error.hpp"
#include "harness/record.hpp"

namespace gemmark {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    more = comma != std::string::npos;
    if (const std::string_view part = text.substr(0, comma); !part.empty()) parts.emplace_back(part);
    if (more) text.remove_prefix(comma + 1);
  }
  if (parts.empty()) throw UsageError("expected at least one value");
  return parts;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// Limits are there to be generous within reason: a day is more than anyone waits for a row.
constexpr double longest_s = 86'400;

double seconds(std::string_view text) {
  const auto value = number<double>(text);
  if (!value || !(*value > 0) || !(*value <= longest_s))
    throw UsageError("expected seconds, more than 0 and at most 86400, as in 0.5");
  return *value;
}

double seconds_or_none(std::string_view text) {
  const auto value = number<double>(text);
  if (!value || !(*value >= 0) || !(*value <= longest_s))
    throw UsageError("expected seconds, from 0 to 86400, as in 0.5");
  return *value;
}

double percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  const auto value = number<double>(text);
  if (!value || !(*value > 0) || !(*value <= 100))
    throw UsageError("expected a percentage, more than 0 and at most 100, as in 0.5");
  return *value / 100;
}

template <class T, class Named>
std::vector<T> each(std::string_view text, const std::vector<std::string>& names, Named named) {
  std::vector<T> values;
  for (const std::string& part : split(text)) {
    const auto value = named(part);
    if (!value) throw UsageError(fmt::format("'{}' is unknown{}", part, suggestion(part, names)));
    values.push_back(*value);
  }
  return values;
}

int thread_count(const std::string& text) {
  constexpr int most = 4096;
  if (text == "all") return 0;
  const auto value = number<int>(text);
  if (!value || *value < 1 || *value > most)
    throw UsageError(fmt::format("expected thread counts or all, as in 1,2,all; found '{}'", text));
  return *value;
}

template <class Enum, class Named>
Enum one_of(std::string_view text, const std::vector<std::string>& names, Named named) {
  const auto values = each<Enum>(text, names, named);
  if (values.size() > 1) throw UsageError("expected one value only");
  return values.front();
}

}  // namespace

const std::vector<Setting>& settings() {
  using Text = std::string_view;
  using O = RunOptions;
  const RunOptions standard;
  static const std::vector<Setting> all{
      {"filter", "REGEX", "rows whose \"kernel problem\" matches this extended regular expression", false,
       [](O& o, Text v) { o.filter = v; }},
      {"kernels", "GLOB,…", "kernels whose name matches: avx512_*, gemm/openblas[*]", true,
       [](O& o, Text v) { o.kernels = split(v); }},
      {"device", "ID,…", "host, cuda, cuda:0 or all; every device by default", true,
       [](O& o, Text v) { o.devices = split(v); }},
      {"threads", "N,…", "host threads: 1,2,all; all processors by default", true,
       [](O& o, Text v) {
         o.threads.clear();
         for (const std::string& part : split(v)) o.threads.push_back(thread_count(part));
       }},
      {"mode", "MODE,…",
       "cold: operands not in cache (default); hot: sustained, as in an inner loop; latency: from call to "
       "result; offload: latency with operands sent to the device and the result fetched",
       true,
       [](O& o, Text v) {
         o.modes = each<Mode>(v, {"cold", "hot", "latency", "offload"},
                              [](const std::string& n) { return mode_named(n); });
       }},
      {"data", "KIND", "operands: uniform in [-1, 1] (default), normal, ints, zeros", false,
       [](O& o, Text v) {
         o.data = one_of<Distribution>(v, {"uniform", "normal", "ints", "zeros"},
                                       [](const std::string& n) { return distribution_named(n); });
       }},
      {"seed", "N", fmt::format("seed of the operands; {} by default", standard.seed), false,
       [](O& o, Text v) {
         const auto value = number<std::uint64_t>(v);
         if (!value) throw UsageError("expected an integer from 0 to 18446744073709551615");
         o.seed = *value;
       }},
      {"time-limit", "S",
       fmt::format("seconds of sampling a row at most; {} by default", standard.time_limit_s), false,
       [](O& o, Text v) { o.time_limit_s = seconds(v); }},
      {"patience", "S",
       fmt::format("seconds to wait, on average a row, for processors that somebody else uses; {} by default",
                   standard.patience_s),
       false, [](O& o, Text v) { o.patience_s = seconds_or_none(v); }},
      {"target", "%",
       fmt::format("stop once the median is known this well: half-width of its 95% interval; {} by default",
                   100 * standard.target),
       false, [](O& o, Text v) { o.target = percent(v); }},
      {"call-limit", "S",
       fmt::format("skip rows one call of which is predicted to take longer; {} by default",
                   standard.call_limit_s),
       false, [](O& o, Text v) { o.call_limit_s = seconds(v); }},
      {"hang-limit", "S",
       fmt::format("give a call up that is so much later than predicted; {} by default",
                   standard.hang_limit_s),
       false, [](O& o, Text v) { o.hang_limit_s = seconds(v); }},
      {"ceilings", "HOW",
       "fresh: measure the machine's limits first (default); cached: show what an earlier run of this build "
       "measured, which judges no figure; off: no shares of limits",
       false,
       [](O& o, Text v) {
         o.ceilings = one_of<CeilingPolicy>(v, {"fresh", "cached", "off"},
                                            [](const std::string& n) { return ceiling_policy_named(n); });
       }},
      {"require", "NAME,…", "backends or devices that must be here; exit code 4 where one is not", true,
       [](O& o, Text v) { o.require = split(v); }},
  };
  return all;
}

void apply_setting(RunOptions& options, std::string_view name, std::string_view value) {
  const auto found =
      std::find_if(settings().begin(), settings().end(), [&](const Setting& s) { return s.name == name; });
  if (found == settings().end()) {
    std::vector<std::string> names;
    for (const Setting& setting : settings()) names.emplace_back(setting.name);
    throw UsageError(fmt::format("'{}' is no setting{}", name, suggestion(name, names)));
  }
  try {
    found->apply(options, value);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{} '{}': {}", name, value, error.what()));
  }
}

}  // namespace gemmark
