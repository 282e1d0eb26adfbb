// How much of a processor somebody else uses at this moment: another hardware thread of the same core, which
// on a rented machine belongs to a neighbour and shows in no counter that a guest can read. Independent
// additions need the core's whole width, a chain of multiplications needs none of it; how long the first take
// in units of the second tells whether the width is shared, whatever the clock is.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

namespace gemmark {

/// What a processor reads when nobody else uses it: the lowest value that comes again and again. A single low
/// reading proves nothing, since the clock may have changed half way through it.
class Alone {
 public:
  void add(double reading) {
    readings_.insert(std::upper_bound(readings_.begin(), readings_.end(), reading), reading);
    if (readings_.size() > kept) readings_.pop_back();
  }
  /// The lowest reading where none has come again yet; infinite without any.
  double value() const {
    for (std::size_t i = 0; i + company < readings_.size(); ++i)
      if (readings_[i + company] <= alike * readings_[i]) return readings_[i];
    return readings_.empty() ? std::numeric_limits<double>::infinity() : readings_.front();
  }

 private:
  static constexpr std::size_t kept = 256, company = 7;
  static constexpr double alike = 1.005;
  std::vector<double> readings_;  // the lowest, ascending
};

namespace {

#if defined(__x86_64__)
inline void narrow_loop() {
  asm volatile(
      "mov $64, %%ecx\n"
      "1:\n"
      ".rept 96\n"
      "imul %%rax, %%rax\n"
      ".endr\n"
      "dec %%ecx\n"
      "jnz 1b\n" ::
          : "rax", "rcx", "cc");
}

inline void wide_loop() {
  asm volatile(
      "mov $600, %%ecx\n"
      "1:\n"
      ".rept 16\n"
      "add $1, %%rax\n"
      "add $1, %%rdx\n"
      "add $1, %%rsi\n"
      "add $1, %%rdi\n"
      "add $1, %%r8\n"
      "add $1, %%r9\n"
      ".endr\n"
      "dec %%ecx\n"
      "jnz 1b\n" ::
          : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "cc");
}
#elif defined(__aarch64__)
inline void narrow_loop() {
  asm volatile(
      "mov w9, #64\n"
      "1:\n"
      ".rept 96\n"
      "mul x10, x10, x10\n"
      ".endr\n"
      "subs w9, w9, #1\n"
      "b.ne 1b\n" ::
          : "x9", "x10", "cc");
}

inline void wide_loop() {
  asm volatile(
      "mov w9, #600\n"
      "1:\n"
      ".rept 16\n"
      "add x10, x10, #1\n"
      "add x11, x11, #1\n"
      "add x12, x12, #1\n"
      "add x13, x13, #1\n"
      "add x14, x14, #1\n"
      "add x15, x15, #1\n"
      ".endr\n"
      "subs w9, w9, #1\n"
      "b.ne 1b\n" ::
          : "x9", "x10", "x11", "x12", "x13", "x14", "x15", "cc");
}
#endif

/// Time of the wide loop over time of the narrow one, on the processor that runs the caller; about 25 µs.
inline double width_over_latency() {
  using Clock = std::chrono::steady_clock;
  std::array<Clock::duration, 2> quickest{Clock::duration::max(), Clock::duration::max()};
  for (int i = 0; i < 3; ++i)  // in turn, so that a change of clock reaches both
    for (const std::size_t wide : {0U, 1U}) {
      const auto start = Clock::now();
      wide == 1 ? wide_loop() : narrow_loop();
      quickest[wide] = std::min(quickest[wide], Clock::now() - start);
    }
  return std::chrono::duration<double>(quickest[1]) / std::chrono::duration<double>(quickest[0]);
}

}  // namespace
}  // namespace gemmark
