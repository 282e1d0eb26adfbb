// A ceiling is a physical limit of a device, measured: a loop of nothing but arithmetic, or a plain stream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/precision.hpp"
#include "kernels/api/support.hpp"

namespace gemmark {

/// One launch shape of a ceiling. The harness times run() and keeps the best shape.
class CeilingRun {
 public:
  virtual ~CeilingRun() = default;
  virtual void run(Queue queue) = 0;
  /// Operations or bytes of one run().
  virtual double work() const = 0;
  virtual std::string shape() const { return {}; }
};

struct Ceiling {
  /// `link` is the bandwidth between a device and the host.
  enum class Kind : std::uint8_t { compute, bandwidth, link };

  std::string name{};     ///< "avx512_fma", "read"; unique together with precision and level
  std::string backend{};  ///< filled in from the file's name
  std::string device_kind = "host";
  Kind kind = Kind::compute;
  /// Compute: what the operations compute with; nothing where no problem is posed in it.
  std::optional<Precision> precision{};
  int cache_level = 0;  ///< bandwidth: 0 for main memory, else the level whose share is streamed
  std::string summary{};

  std::function<Support(const Device&)> supports{};
  /// The launch shapes to try with that many threads; memory is taken from the device here, never in run().
  std::function<std::vector<std::unique_ptr<CeilingRun>>(Device&, int threads)> shapes{};
};

}  // namespace gemmark
