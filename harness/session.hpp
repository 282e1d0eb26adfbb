// A run as the parent process sees it: workers measure, listeners hear of each record as it is made.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/options.hpp"
#include "harness/record.hpp"

namespace gemmark {

/// How far a run is. Times in seconds; `left_s` is negative while nothing is known yet.
struct Progress {
  int comparison = 0, comparisons = 0;  ///< 1-based, and how many there are
  std::string what;                     ///< comparison text, or what is set up
  std::string doing;  ///< "gemm/avx512_packed fp32, 12 samples", "ceilings", "verifying …"
  double elapsed_s = 0, left_s = -1;
};

/// Counts over a finished run.
struct RunSummary {
  std::vector<std::pair<std::string, int>> rows_by_status;
  double wall_s = 0, sampling_s = 0, verification_s = 0, setup_s = 0, ceiling_s = 0;
};

/// Everything is called from the thread that runs the session, in the order in which it happens.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_context(const nlohmann::json& /*context*/) {}
  virtual void on_ceiling(const CeilingRecord& /*record*/) {}
  virtual void on_result(const ResultRecord& /*record*/) {}
  /// After the last result of a comparison (one mode and thread count).
  virtual void on_comparison_end() {}
  virtual void on_progress(const Progress& /*progress*/) {}
  virtual void on_end(const RunSummary& /*summary*/) {}
};

/// Runs everything that the options ask for, in worker processes. Throws std::runtime_error only where no
/// worker can be started, or none survives the measuring of the machine; whatever happens to a row becomes
/// its status. `worker` is the command line of a program that ends in worker_main(). `earlier`: rows that a
/// part of the run before this one has measured. They count in the summary, and are not measured again; a
/// comparison is left out where all of its rows are among them.
RunSummary run_session(const RunOptions& options, const std::vector<Listener*>& listeners,
                       const std::vector<std::string>& worker = {"/proc/self/exe", "worker"},
                       const std::vector<ResultRecord>& earlier = {});

}  // namespace gemmark
