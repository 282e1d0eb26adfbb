// Ceilings of earlier runs on this machine with this build, so that a run can show shares of the limits
// without measuring them again. They are for display: CeilingRecord::may_judge() is false of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

class CeilingCache {
 public:
  /// Reads $XDG_CACHE_HOME/gemmark/ceilings-<fingerprint>.jsonl, in ~/.cache where the variable is not set.
  /// What is not there or cannot be read is not cached.
  explicit CeilingCache(const std::string& fingerprint);

  /// The ceiling as it was measured with that many threads, or nothing.
  std::optional<CeilingRecord> find(const Ceiling& ceiling, const std::string& device, int threads) const;
  /// Takes over what a run has measured, and writes the file anew. A folder that cannot be written is no
  /// error: nothing depends on it.
  void keep(const std::vector<CeilingRecord>& measured);

 private:
  void read();

  std::string path_;  ///< empty where there is no place for it
  std::vector<CeilingRecord> records_;
};

}  // namespace gemmark
