// The physical limits of a device, measured in this run, and what share of them a result reaches.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/record.hpp"
#include "kernels/api/registry.hpp"

namespace gemmark {

/// What is known of a ceiling before it is measured.
CeilingRecord blank_ceiling(const Ceiling& ceiling, const std::string& device, int threads);

/// Times every shape of a ceiling and returns the best, or nothing where the device cannot do it.
/// Throws std::runtime_error where the ceiling itself fails.
std::optional<CeilingRecord> measure_ceiling(const Ceiling& ceiling, Device& device, int threads);

/// Whether both are the same loop on the same device with as many threads.
bool same_limit(const CeilingRecord& a, const CeilingRecord& b);

class Ceilings {
 public:
  /// Of two records of the same limit the higher stays, and one of this run whatever the cache's says.
  void add(CeilingRecord record);
  const std::vector<CeilingRecord>& all() const { return records_; }

  /// The highest compute limit of that device, precision and thread count, of one backend or of all.
  const CeilingRecord* compute(const std::string& device, const std::string& precision, int threads,
                               const std::string& backend = {}) const;
  /// The highest bandwidth from one level (0: main memory).
  const CeilingRecord* bandwidth(const std::string& device, int threads, int cache_level) const;
  /// Of the link between a device and the host, "host_to_device" or "device_to_host".
  const CeilingRecord* link(const std::string& device, const std::string& name) const;

 private:
  std::vector<CeilingRecord> records_;
};

struct Share {
  std::optional<double> of_device;   ///< of the limit that binds
  std::optional<double> of_backend;  ///< of the compute limit of the kernel's own instruction set
  std::string bound;                 ///< "compute", "bandwidth" or "link"
  std::string why;                   ///< what could not be told
  const CeilingRecord* binding = nullptr;
};

/// `cache_level` is level_of_operands().
Share share_of_ceiling(const Ceilings& ceilings, const ResultRecord& record, int cache_level);

/// Where operands of so many bytes are found by `threads` threads: in memory (0) in cold mode; else in the
/// nearest cache that holds them. Of operands up to twice as large as the last cache a good part is still
/// there from the call before, so that only that cache's bandwidth is a limit for certain.
int level_of_operands(const DeviceInfo& device, Mode mode, double bytes, int threads);

}  // namespace gemmark
