// From which size on a device is worth it: the fastest right kernel of the host against the fastest of the
// device, once with the operands on the device already (latency mode), once with both transfers (offload
// mode, measured, not modelled).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

struct OffloadPoint {
  std::int64_t size = 0;  ///< of what varies
  double host_s = 0, device_s = 0;
  std::string host_kernel{}, device_kernel{};
};

struct Crossover {
  std::string varies;  ///< "m=n=k" for squares, else "m", the number of rows
  std::string family;  ///< what the sizes share: "gemm tb=1 in=fp32", "gemm n=4096 k=4096 in=fp32"
  std::string precision, device;
  bool transfers = false;            ///< operands sent and the result fetched
  std::vector<OffloadPoint> points;  ///< smallest first; two at least
  /// The smallest size from which on the device wins at every size that was measured.
  std::optional<std::int64_t> from() const;
  /// "always", "never" or "from": the device wins from the smallest size on, not at the largest, or from().
  std::string verdict() const;
};

/// Of rows that are ok, in latency mode on the host, in latency or offload mode elsewhere.
std::vector<Crossover> offload_crossovers(const std::vector<ResultRecord>& results);

/// The `summary` line, and a sentence for the console.
nlohmann::json crossover_json(const Crossover& crossover);
std::string crossover_text(const Crossover& crossover);

}  // namespace gemmark
