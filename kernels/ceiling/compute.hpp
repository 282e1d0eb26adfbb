// Ceilings of arithmetic: a loop that holds everything in registers, run by every thread at once.
#pragma once

#include <fmt/format.h>
#include <omp.h>

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "kernels/api/registry.hpp"

namespace gemmark {

/// A loop of `rounds` rounds, each with one instruction for every one of its `chains` independent chains.
struct ComputeLoop {
  void (*run)(std::int64_t rounds);
  int chains;
  double operations_per_instruction;
  /// For each thread: 1 to 2 ms, beside which starting the threads (some 10 µs) does not count.
  std::int64_t instructions = 8 << 20;
};

class ComputeRun final : public CeilingRun {
 public:
  ComputeRun(const ComputeLoop& loop, int threads)
      : loop_(loop), threads_(threads), rounds_(loop.instructions / loop.chains) {}

  void run(Queue) override {
    if (threads_ == 1) return loop_.run(rounds_);
#pragma omp parallel num_threads(threads_)
    loop_.run(rounds_);
  }
  double work() const override {
    return static_cast<double>(threads_) * static_cast<double>(rounds_) * loop_.chains *
           loop_.operations_per_instruction;
  }
  std::string shape() const override { return fmt::format("{} chains", loop_.chains); }

 private:
  ComputeLoop loop_;
  int threads_;
  std::int64_t rounds_;
};

/// `loops` are static. `has` says whether the CPU has the instruction; the backend's own needs are its
/// probe's matter.
inline Ceiling compute_ceiling(std::string name, Precision precision, std::string summary,
                               std::span<const ComputeLoop> loops, Support (*has)() = Support::yes) {
  return {.name = std::move(name),
          .kind = Ceiling::Kind::compute,
          .precision = precision,
          .summary = std::move(summary),
          .supports = [has](const Device&) { return has(); },
          .shapes =
              [loops](Device&, int threads) {
                std::vector<std::unique_ptr<CeilingRun>> runs;
                for (const ComputeLoop& loop : loops)
                  runs.push_back(std::make_unique<ComputeRun>(loop, threads));
                return runs;
              }};
}

}  // namespace gemmark
