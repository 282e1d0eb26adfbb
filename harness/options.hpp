// What a run was asked to do: filled by the command line, recorded in the context, sent to workers.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/random.hpp"

namespace gemmark {

/// cached: those of an earlier run, for display; what has never been measured still is.
enum class CeilingPolicy : std::uint8_t { fresh, cached, off };
std::string_view name(CeilingPolicy policy);
std::optional<CeilingPolicy> ceiling_policy_named(std::string_view name);

struct RunOptions {
  std::vector<std::string> problems;  ///< problem texts, already parsed once by whoever fills this in
  std::vector<std::string> kernels;   ///< glob patterns; a row needs to match one; empty: all
  std::string filter;                 ///< regular expression on "kernel problem"; empty: all
  std::vector<std::string> devices;   ///< ids, kinds, patterns or "all"; empty: every device
  std::vector<int> threads{0};        ///< 0: all processors
  std::vector<Mode> modes{Mode::cold};
  Distribution data = Distribution::uniform;
  std::uint64_t seed = 1;
  double time_limit_s = 1;           ///< sampling time a row
  double patience_s = 1;             ///< wait for processors that somebody else uses, on average a row
  double target = 0.005;             ///< half-width of the median's interval, relative
  double call_limit_s = 10;          ///< rows whose single call is predicted to take longer are skipped
  double hang_limit_s = 60;          ///< a call that is so much later than predicted is given up
  std::vector<std::string> require;  ///< backends or devices whose absence is an error
  CeilingPolicy ceilings = CeilingPolicy::fresh;
};

void to_json(nlohmann::json& json, const RunOptions& options);
void from_json(const nlohmann::json& json, RunOptions& options);

}  // namespace gemmark
