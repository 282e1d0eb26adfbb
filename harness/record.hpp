// The lines of the file of record, as types. reports/record.schema.json is the contract that they fulfil.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/api/ceiling.hpp"
#include "kernels/api/kernel.hpp"

namespace gemmark {

inline constexpr std::string_view record_schema = "gemmark/1";

enum class Status : std::uint8_t {
  ok,           ///< measured and verified
  mistrusted,   ///< verified, but the figure or the data cannot be believed
  wrong,        ///< the output is not what the problem asks for
  unsupported,  ///< the kernel refuses this problem
  unavailable,  ///< the backend or the device is not here
  skipped,      ///< would cost more than the budget, or more memory than there is
  failed,       ///< threw, crashed, or wrote outside its output
  timeout       ///< did not return in time
};

/// Why sampling ended.
enum class Stop : std::uint8_t { none, converged, noisy, max_samples };

std::string_view name(Status status);
std::string_view name(Stop stop);
std::string_view name(Mode mode);
std::string_view name(Role role);
std::string_view name(Ceiling::Kind kind);
std::optional<Status> status_named(std::string_view name);
std::optional<Mode> mode_named(std::string_view name);
std::optional<Role> role_named(std::string_view name);

/// How many of a row's samples were taken beside others follows these words in its `why`.
inline constexpr std::string_view beside_others_words = "somebody else used the processors during ";

/// One row: a kernel on a problem. Times in seconds a call, rates in decimal units; what does not exist is
/// nullopt here and null in the file, with the reason in `why`.
struct ResultRecord {
  std::string problem;
  std::string comparison;  ///< the problem without its precision
  std::string op;
  std::string precision;
  std::string kernel;
  std::string backend;
  std::string role;
  std::string device;
  int threads = 1;
  std::string mode;
  std::string data;
  std::uint64_t seed = 0;
  std::string status;
  std::string why;  ///< empty only where status is ok and every figure exists

  std::vector<double> samples_s;    ///< what the figures are made of
  std::vector<double> contended_s;  ///< taken while somebody else used the processors: kept, not counted
  /// Of samples_s, where too few were taken alone; files of earlier versions do not say.
  std::optional<int> contended_samples = 0;
  std::optional<double> median_s, min_s, mad_s;
  std::optional<std::pair<double, double>> ci95_s;
  std::string stop;
  std::optional<double> timer_bias_s;
  std::optional<double> plan_s;

  double flops = 0;         ///< by the counting rule
  double flops_padded = 0;  ///< the same for gemm and attention; convolution with its padding taps
  std::optional<double> flops_executed;  ///< what the kernel really computes, in the precision's operations
  double bytes = 0;                      ///< compulsory traffic
  std::optional<double> tflops, gbps, latency_us;
  std::optional<double> ceiling_fraction;  ///< of the limit that binds: the device's best for this precision
  std::optional<double> backend_ceiling_fraction;  ///< of the limit of the kernel's own instruction set
  std::string bound;                               ///< "compute", "bandwidth" or "link"; empty where unknown

  std::optional<double> error, error_bound;  ///< of the element nearest to (or farthest beyond) its bound
  /// Of sampled outputs against the product of operands that were not rounded to the precision: rms / rms.
  std::optional<double> relative_error;
  /// Significant bits that sums keep next to a large value (fp32: 24), as the kernel's own output shows.
  std::optional<int> accumulator_bits;
  std::string verification;  ///< which passes ran: "exact+statistical", "sampled", …
  std::string algorithm;
  std::int64_t workspace_bytes = 0;
  /// By the device's instruments between calls: medians, the highest temperature, Joule a call (hot mode).
  std::optional<double> clock_mhz, memory_clock_mhz, power_w, temperature_c, energy_j;
  std::string throttle;  ///< reasons that were seen, separated by commas
  std::string repro;     ///< the command that measures this row again
};

struct CeilingRecord {
  std::string device;
  std::string kind;  ///< "compute", "bandwidth" or "link"
  std::string name;
  std::string backend;
  std::optional<std::string> precision;
  int cache_level = 0;  ///< 0: main memory, or compute
  int threads = 1;
  double value = 0;
  std::string unit;  ///< "flop/s" or "B/s"
  std::string shape;
  std::optional<double> clock_mhz{};  ///< by the device's instruments, just after
  std::optional<double> datasheet{};  ///< what the vendor states for it, where the device is known
  std::string origin = "run";         ///< "run": measured in this one, else "cache"
  std::string measured_utc{};
  /// Its fastest moment came again while nobody else used the processors. The true limit of one that did not
  /// settle may be higher; files of earlier versions do not say.
  std::optional<bool> settled = true;

  bool cached() const { return origin != "run"; }
  /// Whether it can say that a figure is too good to be true.
  bool may_judge() const { return !cached() && settled.value_or(false); }
};

void to_json(nlohmann::json& json, const ResultRecord& record);
void from_json(const nlohmann::json& json, ResultRecord& record);
void to_json(nlohmann::json& json, const CeilingRecord& record);
void from_json(const nlohmann::json& json, CeilingRecord& record);

/// One line of a file. Strict JSON; control characters escaped, invalid UTF-8 replaced, no newline at the
/// end.
std::string to_line(const nlohmann::json& json);

}  // namespace gemmark
