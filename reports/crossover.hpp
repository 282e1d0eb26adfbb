// From which size on an accelerator beats the CPU, with its operands already there and with their transfer
// counted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/peers.hpp"

namespace gemmark {

struct Crossover {
  struct Point {
    double size = 0;
    double cpu_s = 0, device_s = 0;  ///< the fastest row of either side, seconds a call
  };
  std::string op, precision, device;
  bool transfers = false;        ///< mode offload: operands travel there and the result back
  std::vector<Point> points{};   ///< sizes that both sides measured, ascending
  std::optional<double> size{};  ///< the smallest from which on the device is always faster
};

/// Of problems that have a size (Peer::size). The CPU counts in the mode that the accelerator was measured
/// in, and against mode offload in latency, else cold, else hot.
std::vector<Crossover> crossovers(const RecordedRun& run, const std::vector<Peer>& peers);

}  // namespace gemmark
