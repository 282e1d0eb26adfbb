// How long a run will still take.
//
// Rows of a comparison are measured in turns and finish together, some at once (skipped, wrong). So only
// comparisons that are over tell what a row takes; before the first is, a row counts with the time that it
// may sample.
#pragma once

#include <algorithm>
#include <cstddef>

namespace gemmark {

class TimeLeft {
 public:
  TimeLeft() = default;
  TimeLeft(std::size_t rows, double row_s) : rows_(rows), row_s_(row_s) {}

  void begin_comparison(std::size_t rows) { current_ = rows; }
  void end_comparison(double elapsed_s) {
    rows_ -= current_, done_ += current_, current_ = 0;
    began_s_ = elapsed_s;
    if (done_ > 0) row_s_ = elapsed_s / static_cast<double>(done_);
  }
  /// At a time since the first comparison began. One that takes longer than expected is about to end.
  double seconds(double elapsed_s) const {
    const double current_s = static_cast<double>(current_) * row_s_ - (elapsed_s - began_s_);
    return static_cast<double>(rows_ - current_) * row_s_ + std::max(current_s, 0.0);
  }

 private:
  std::size_t rows_ = 0;     ///< of comparisons that are not over
  std::size_t current_ = 0;  ///< of the one that runs
  std::size_t done_ = 0;     ///< of those that are over
  double row_s_ = 0, began_s_ = 0;
};

}  // namespace gemmark
