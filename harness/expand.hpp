// Problems × kernels × devices × threads × modes, filtered, in the portions in which they are measured.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "harness/options.hpp"
#include "harness/record.hpp"
#include "kernels/api/registry.hpp"

namespace gemmark {

/// One row to measure.
struct Case {
  std::string problem;
  std::string kernel;
  int threads = 1;
};

/// What is sampled together in interleaved rounds: the rows of one comparison that share device and mode.
struct Unit {
  std::string comparison;
  std::string device;
  Mode mode = Mode::cold;
  int threads = 1;
  std::vector<Case> cases;
};

void to_json(nlohmann::json& json, const Unit& unit);
void from_json(const nlohmann::json& json, Unit& unit);

/// What tells the rows of a run apart.
using RowKey = std::tuple<std::string, std::string, int, std::string, Mode>;
RowKey key_of(const Case& row, const Unit& unit);
RowKey key_of(const ResultRecord& record);

struct Expansion {
  std::vector<Unit> units;
  std::vector<ResultRecord> refused;  ///< unsupported and unavailable rows
};

/// Throws std::invalid_argument for a filter that is no regular expression.
Expansion expand(const RunOptions& options, Registry& registry);

/// Whether `name` matches a pattern with * and ?. A pattern without '/' also matches the part after it:
/// "avx512_*" matches "gemm/avx512_packed".
bool glob_matches(std::string_view pattern, std::string_view name);

/// Whether a device is among those asked for: by id ("cuda:0", "cuda:*"), by kind ("cuda"), as one of "all",
/// or because nothing was asked for.
bool device_wanted(const std::vector<std::string>& wanted, std::string_view id, std::string_view kind);

/// A record with everything that is known before measuring.
ResultRecord blank_record(const Case& row, const Unit& unit, const Kernel& kernel, const RunOptions& options);

}  // namespace gemmark
