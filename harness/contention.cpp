#include "harness/contention.hpp"

#include <chrono>
#include <thread>

#include "harness/stopwatch.hpp"

namespace gemmark {

bool contended(Device& device, int threads) {
  // Instructions took 1.1 to 2 times as long beside a neighbour and at most 1.01 times as long without one.
  constexpr double tolerance = 1.05;
  return device.contention(threads) > tolerance;
}

bool wait_alone(Device& device, int threads, double& patience_s) {
  bool still = contended(device, threads);
  if (!still) return false;
  const Stopwatch waiting;
  for (; still && waiting.seconds() < patience_s; still = contended(device, threads))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  patience_s -= waiting.seconds();
  return still;
}

}  // namespace gemmark
