// Which core type of a BLAS is the fastest here: a short trial of interleaved sgemm calls in a child process.
//
// A child, so that a core type that the library or the CPU does not bear costs its own row and not the
// program, and so that the losers leave nothing behind. One thread each, because the pools of several copies
// would disturb each other. What decides is the fastest call of each, the figure that noise moves least.
#pragma once

#include <fmt/format.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/backends/cblas.hpp"
#include "kernels/backends/child.hpp"

namespace gemmark {

struct Contender {
  std::string label{};  ///< the core type asked for; empty: what the environment leads to
  std::function<Cblas()> load{};
};

struct TrialOutcome {
  std::string label{};
  std::string core{};     ///< that it really took; empty where it could not be loaded
  double gflops = 0;      ///< 0 where it was not timed
  std::string failure{};  ///< why there is no figure
  bool crashed = false;   ///< it took the child with it
};

inline bool same_core(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

namespace trial_detail {

// 384 is large enough that packing does not decide, and small enough (0.5 to 6 ms a call on one core) that
// some calls meet no interruption.
inline constexpr int size = 384;
inline constexpr double call_flops = 2.0 * size * size * size;
inline constexpr int rounds = 40, least_rounds = 3;
inline constexpr std::chrono::milliseconds timing_budget{150};
inline constexpr double still_in_the_running = 0.94;  // of the best figure: these meet again, alone
inline constexpr std::chrono::milliseconds child_limit{3000};

// The three matrices on one huge page, because scattered small pages make some runs a quarter slower. Left to
// the end of the child.
struct Matrices {
  Matrices() {
    constexpr std::size_t huge_page = 2 << 20;
    void* memory = std::aligned_alloc(huge_page, 2 * huge_page);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, 2 * huge_page, MADV_HUGEPAGE);
    a = static_cast<float*>(memory);
    b = a + size * size;
    c = b + size * size;
    std::fill(a, b, 0.5f);
    std::fill(b, c, 0.25f);
    std::fill(c, c + size * size, 0.0f);
  }
  float *a, *b, *c;
};

inline std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// Lines to the parent: "try I", then "core I NAME" or "fail I WHY"; at the end "gflops I FIGURE" each.
inline void contend(const std::vector<Contender>& contenders, const std::vector<TrialOutcome>& so_far,
                    bool environment_is_tuned, const std::function<void(std::string)>& say) {
  using clock = std::chrono::steady_clock;
  struct Runner {
    std::size_t index;
    CblasGemm<float, float>* sgemm;
    double best_s = std::numeric_limits<double>::infinity();
  };
  const Matrices matrices;
  const auto call = [&](CblasGemm<float, float>* sgemm) {
    sgemm(cblas_row_major, cblas_no_trans, cblas_no_trans, size, size, size, 1, matrices.a, size, matrices.b,
          size, 0, matrices.c, size);
  };
  std::vector<Runner> runners;
  std::string environment_core;
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    if (!so_far[i].failure.empty()) continue;
    if (i > 0 && !environment_is_tuned && same_core(contenders[i].label, environment_core)) continue;
    say(fmt::format("try {}", i));
    try {
      const Cblas blas = contenders[i].load();
      blas.set_threads(1);
      call(blas.sgemm);
      if (i == 0) environment_core = blas.core;
      runners.push_back({i, blas.sgemm});
      say(fmt::format("core {} {}", i, blas.core));
    } catch (const std::exception& error) {
      say(fmt::format("fail {} {}", i, one_line(error.what())));
    }
  }
  const auto race = [&](int most_rounds) {
    const auto start = clock::now();
    for (int round = 0; round < most_rounds && runners.size() > 1; ++round) {
      if (round >= least_rounds && clock::now() - start > timing_budget) break;
      for (Runner& runner : runners) {
        const auto before = clock::now();
        call(runner.sgemm);
        runner.best_s = std::min(runner.best_s, std::chrono::duration<double>(clock::now() - before).count());
      }
    }
    for (const Runner& runner : runners)
      if (std::isfinite(runner.best_s))
        say(fmt::format("gflops {} {:.1f}", runner.index, call_flops / runner.best_s * 1e-9));
  };
  race(rounds);
  double best_s = std::numeric_limits<double>::infinity();
  for (const Runner& runner : runners) best_s = std::min(best_s, runner.best_s);
  std::erase_if(runners, [&](const Runner& r) { return best_s < still_in_the_running * r.best_s; });
  race(10 * rounds);
}

}  // namespace trial_detail

/// One outcome a contender. The first contender is the environment's; others that would take the same core
/// are left out, unless the environment is tuned in other ways too.
inline std::vector<TrialOutcome> run_trial(const std::vector<Contender>& contenders,
                                           bool environment_is_tuned) {
  std::vector<TrialOutcome> outcomes(contenders.size());
  for (std::size_t i = 0; i < contenders.size(); ++i) outcomes[i].label = contenders[i].label;
  // Whoever kills the child is left out of the next one.
  for (std::size_t attempt = 0; attempt <= contenders.size(); ++attempt) {
    const ChildReport report = in_child(trial_detail::child_limit, [&](const auto& say) {
      trial_detail::contend(contenders, outcomes, environment_is_tuned, say);
    });
    std::optional<std::size_t> in_hand;
    std::istringstream lines(report.output);
    for (std::string word; lines >> word;) {
      std::size_t index = 0;
      std::string rest;
      lines >> index >> std::ws;
      if (word != "try") std::getline(lines, rest);
      if (index >= outcomes.size()) break;
      in_hand = word == "try" ? std::optional(index) : std::nullopt;
      if (word == "core") outcomes[index].core = rest;
      if (word == "fail") outcomes[index].failure = rest;
      if (word == "gflops") outcomes[index].gflops = std::stod(rest);
    }
    const bool died = report.signal != 0 || report.timed_out;
    if (!died || !in_hand) break;
    outcomes[*in_hand].crashed = report.signal != 0;
    outcomes[*in_hand].failure = report.timed_out ? "did not finish its first product"
                                                  : fmt::format("died of {}", strsignal(report.signal));
  }
  return outcomes;
}

}  // namespace gemmark
