// Wall time since a moment: for budgets and accounts, never for a result.
#pragma once

#include <chrono>

namespace gemmark {

class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  Clock::time_point start_ = Clock::now();
};

}  // namespace gemmark
