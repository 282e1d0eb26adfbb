// RFC 4180, with the header that the first readers will want first: what was measured, then how fast.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "reports/export.hpp"
#include "reports/headline.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 49> columns{"problem",
                                                   "comparison",
                                                   "op",
                                                   "precision",
                                                   "kernel",
                                                   "backend",
                                                   "role",
                                                   "device",
                                                   "threads",
                                                   "mode",
                                                   "status",
                                                   "why",
                                                   "median_s",
                                                   "tflops",
                                                   "gbps",
                                                   "latency_us",
                                                   "ceiling_fraction",
                                                   "backend_ceiling_fraction",
                                                   "bound",
                                                   "ci95_low_s",
                                                   "ci95_high_s",
                                                   "min_s",
                                                   "mad_s",
                                                   "stop",
                                                   "samples_s",
                                                   "contended_s",
                                                   "contended_samples",
                                                   "timer_bias_s",
                                                   "plan_s",
                                                   "flops",
                                                   "flops_padded",
                                                   "flops_executed",
                                                   "bytes",
                                                   "error",
                                                   "error_bound",
                                                   "relative_error",
                                                   "accumulator_bits",
                                                   "verification",
                                                   "data",
                                                   "seed",
                                                   "algorithm",
                                                   "workspace_bytes",
                                                   "clock_mhz",
                                                   "memory_clock_mhz",
                                                   "power_w",
                                                   "temperature_c",
                                                   "energy_j",
                                                   "throttle",
                                                   "repro"};

std::string escaped(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return std::string(text);
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string cell(const json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return escaped(value.get<std::string>());
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const json& element : value) text += fmt::format("{}{}", text.empty() ? "" : " ", element.dump());
  return text;
}

std::string cell(const json& record, std::string_view column) {
  const bool low = column == "ci95_low_s";
  if (!low && column != "ci95_high_s") return cell(record.at(std::string(column)));
  const json& interval = record.at("ci95_s");
  return interval.is_null() ? "" : cell(interval.at(low ? 0 : 1));
}

}  // namespace

std::string export_csv(const RecordFile& file) {
  std::string text = fmt::format("run,{},machine,time_utc\r\n", fmt::join(columns, ","));
  for (std::size_t run = 0; run < file.runs.size(); ++run) {
    const std::string machine = machine_title(file.runs[run]);
    const json time = file.runs[run].context.value("/conditions/time_utc"_json_pointer, json());
    for (const ResultRecord& result : file.runs[run].results) {
      const json record = result;
      text += std::to_string(run + 1);
      for (const std::string_view column : columns) text += fmt::format(",{}", cell(record, column));
      text += fmt::format(",{},{}\r\n", escaped(machine), cell(time));
    }
  }
  return text;
}

}  // namespace gemmark
