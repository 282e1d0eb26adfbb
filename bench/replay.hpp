// Measured rows as Google Benchmark programs: each sample one repetition of manual time, so that every tool
// for its output works. Names are those of `gemmark export google`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/record.hpp"

namespace gemmark {

class Replay {
 public:
  /// `flags` are --benchmark_… arguments; throws UsageError for one that does not apply here.
  explicit Replay(std::vector<std::string> flags);
  ~Replay();
  /// Registers the rows and runs them through Google's reporters. Returns what belongs into the file of
  /// --benchmark_out.
  std::string run(const std::vector<ResultRecord>& rows, const std::string& fingerprint);

 private:
  struct Reporters;
  std::string memory_path() const;

  int memory_ = -1;  ///< a descriptor of memory, where there is a --benchmark_out
  std::unique_ptr<Reporters> reporters_;
  std::vector<std::string> words_;  // Google keeps pointers into its arguments
};

/// Value of --benchmark_NAME=VALUE among the flags; "true" for a bare one; empty where it is not there.
std::string benchmark_flag(const std::vector<std::string>& flags, const std::string& name);

}  // namespace gemmark
