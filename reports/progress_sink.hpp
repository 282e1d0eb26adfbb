// How far a run is: one line that is written over on a terminal, a plain line now and then elsewhere.
#pragma once

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include "harness/session.hpp"

namespace gemmark {

/// Put it before sinks that print on the same terminal: it clears its line before they write.
class ProgressSink final : public Listener {
 public:
  /// `columns` of the terminal; 0: it is none.
  ProgressSink(std::ostream& out, int columns) : out_(out), columns_(columns) {}
  ~ProgressSink() override { clear(); }

  void on_progress(const Progress& progress) override;
  void on_context(const nlohmann::json&) override { clear(); }
  void on_comparison_end() override { clear(); }
  void on_end(const RunSummary&) override { clear(); }

 private:
  void clear();

  std::ostream& out_;
  int columns_;
  bool shown_ = false;
  int announced_ = -1;  ///< the comparison that the last plain line spoke of
  std::chrono::steady_clock::time_point last_{};
};

/// "3/24  gemm m=1 …  gemm/avx512_packed fp32, 12 samples  0:21, about 0:40 left"
std::string progress_text(const Progress& progress, int columns);

}  // namespace gemmark
