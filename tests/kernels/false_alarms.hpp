// No correct kernel is ever called wrong: every registered kernel of a device on random shapes, strides,
// factors and seeds, through the verifier that judges a run.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "harness/oracles.hpp"
#include "harness/verify.hpp"
#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"
#include "tests/kernels/awkward.hpp"

namespace gemmark::testing {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[between(0, static_cast<std::int64_t>(values.size()) - 1)];
  }
  bool chance(int one_in) { return between(1, one_in) == 1; }

 private:
  std::mt19937_64 engine_;
};

inline Gemm random_problem(Dice& dice, const std::vector<Precision>& precisions) {
  Gemm g;
  // Mostly small, now and then long in one direction.
  const auto extent = [&] { return dice.chance(8) ? dice.between(1, 700) : dice.between(1, 70); };
  g.m = extent(), g.n = extent(), g.k = dice.chance(20) ? dice.between(1, 6000) : extent();
  g.in = precisions[static_cast<std::size_t>(dice.between(0, std::ssize(precisions) - 1))];
  g.ta = dice.chance(2), g.tb = dice.chance(2);
  // Where elements are packed, bands of a product start on whole bytes along k alone.
  if (is_packed(info(g.in).b)) g.ta = false, g.tb = true;
  if (dice.chance(6)) g.batch = dice.between(2, 4);
  if (dice.chance(4)) g.lda_given = g.lda() + dice.between(0, 20) * row_granule(info(g.in).a);
  if (dice.chance(4)) g.ldb_given = g.ldb() + dice.between(0, 20) * row_granule(info(g.in).b);
  if (dice.chance(4)) g.ldc_given = g.ldc() + dice.between(0, 20);
  g.const_b = dice.chance(3);
  if (dice.chance(3)) g.alpha = dice.one_of({0.5, -2.0, 0.3, 1e-3});
  if (dice.chance(3)) g.beta = dice.one_of({1.0, -1.0, 0.25, 0.7, 3.0});
  return g;
}

/// GEMMARK_FUZZ_CASES overrides `runs`.
inline void no_false_alarm(Device& device, const std::vector<Precision>& precisions, int runs) {
  if (const char* wanted = std::getenv("GEMMARK_FUZZ_CASES"); wanted != nullptr) runs = std::atoi(wanted);
  Registry& registry = Registry::global();
  const auto checker = registry.checker(device);
  Dice dice(20260101);
  double worst = 0;
  int alarms = 0;  // a few of them tell more than the first, and a thousand no more than a few
  for (int run = 0, barren = 0; run < runs && barren < 1000; ++barren) {
    Gemm problem = random_problem(dice, precisions);
    if (device.info().kind != "host" && dice.chance(2)) problem = with_aligned_rows(problem);
    if (flops(problem) > 1e7) continue;  // the naive kernel would take most of the time
    const auto seed = static_cast<std::uint64_t>(dice.between(0, 1'000'000'000));
    const Oracle* oracle = find_oracle(registry, problem, device);
    if (oracle == nullptr && is_packed(info(problem.in).b)) continue;  // reads them along k only
    REQUIRE(oracle != nullptr);
    OperandSets sets(device, problem, 1);
    // Every third problem takes the sampled way, as large ones do.
    Verifier verifier(device, *checker, *oracle, problem, sets, dice.chance(3) ? 0 : 1e12, 1);
    for (const bool exact : {true, false}) {
      if (exact && !verifier.use_exact(seed)) continue;
      if (!exact) verifier.use_data(dice.one_of({Distribution::uniform, Distribution::normal}), seed);
      for (const Kernel& kernel : registry.kernels()) {
        if (kernel.device_kind != device.info().kind || !registry.status(kernel.backend).available ||
            !kernel.supports(problem, device))
          continue;
        const int threads = kernel.threaded ? static_cast<int>(dice.between(1, 2)) : 1;
        INFO(kernel.name << " on " << to_text(problem) << ", seed " << seed << ", threads " << threads
                         << (exact ? ", exact" : ", data"));
        const auto plan = kernel.plan({problem, device, threads, kernel.prepacks ? &sets[0] : nullptr});
        const Workspace workspace(device, plan->workspace_bytes());
        Operands operands = sets[0];
        operands.workspace = workspace.data();
        verifier.reset_out(0);
        CHECK_NOTHROW(plan->run(operands, device.queue()));
        device.synchronize();
        const Verdict verdict = verifier.judge(0);
        INFO(verdict.why);
        // A product of few elements may really be constant.
        const bool right = verdict.status == Status::ok || verdict.status == Status::mistrusted;
        CHECK(right);
        CHECK(workspace.damage().empty());
        alarms += !right;
        REQUIRE(alarms < 10);
        if (verdict.error && *verdict.error_bound > 0)
          worst = std::max(worst, *verdict.error / *verdict.error_bound);
        ++run, barren = 0;
      }
    }
  }
  std::printf("%d false alarms in %d runs; the largest error was %.2f of its bound\n", alarms, runs, worst);
}

}  // namespace gemmark::testing
