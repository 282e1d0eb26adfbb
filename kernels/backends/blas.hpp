// Finds a BLAS as the user's environment has it and, where a trial shows that this CPU can do better, a
// second copy with the best core type. OpenBLAS and BLIS differ only in what their BlasFamily says.
//
// Read environment.hpp, trial.hpp and kernels/api/library.hpp first.
#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/api/backend.hpp"
#include "kernels/api/library.hpp"
#include "kernels/backends/cblas.hpp"
#include "kernels/backends/environment.hpp"
#include "kernels/backends/trial.hpp"
#include "kernels/backends/trial_memory.hpp"

namespace gemmark {

/// How a copy is to be loaded.
struct BlasLoad {
  std::string core{};            ///< empty: as the environment has it
  bool without_threads = false;  ///< for a trial: start no pool
};

struct BlasFamily {
  std::string display{};                        ///< "OpenBLAS"
  std::string soname{};                         ///< "libopenblas.so.0"
  std::vector<std::string> prefixes{};          ///< of its variables
  std::string core_variable{};                  ///< "OPENBLAS_CORETYPE"
  std::vector<std::string> tuning_variables{};  ///< that change its speed in other ways, threads aside
  std::vector<std::string> candidates{};        ///< core types that this CPU can run, the likeliest first
  /// Throws LibraryError where the library is missing or took another core type.
  std::function<Cblas(const BlasLoad&)> load{};
};

struct BlasFinding {
  Support available = Support::yes();
  std::optional<Cblas> environment{};  ///< present where available
  std::optional<Cblas> best{};         ///< present where another core type is clearly faster
  std::vector<TrialOutcome> trial{};
  double best_ratio = 1;  ///< speed of the best over the environment's, by the trial
};

/// A core type must be this much faster than the environment's to get a row of its own, and than a likelier
/// one to be preferred: a row that came and went with noise would be worse than one that is missing at 5%. The
/// figures of two that ran close to each other repeat within a percent.
inline constexpr double worth_a_row = 1.08, worth_a_name = 1.03;

namespace blas_detail {

// The environment's, 0, unless another is clearly faster; nothing where no figure exists.
inline std::optional<std::size_t> winner(const std::vector<TrialOutcome>& trial) {
  std::optional<std::size_t> best;
  for (std::size_t i = 1; i < trial.size(); ++i) {
    if (trial[i].gflops <= 0) continue;
    if (!best || trial[i].gflops > worth_a_name * trial[*best].gflops) best = i;
  }
  if (!trial.empty() && trial[0].gflops > 0 &&
      (!best || trial[*best].gflops <= worth_a_row * trial[0].gflops))
    return 0;
  return best;
}

inline std::string set_variable(const BlasFamily& family) {
  return environment_text({family.core_variable + "="});
}

// What would make another trial end otherwise. Thread counts and the like do not.
inline std::string trial_conditions(const BlasFamily& family) {
  const char* search_path = std::getenv("LD_LIBRARY_PATH");
  return fmt::format("{} {} {} {}", family.soname, set_variable(family),
                     environment_text(family.tuning_variables), search_path != nullptr ? search_path : "");
}

}  // namespace blas_detail

inline BlasFinding find_blas(const BlasFamily& family) {
  BlasFinding found;
  std::vector<Contender> contenders{{{}, [&] { return family.load({.without_threads = true}); }}};
  for (const std::string& core : family.candidates)
    contenders.push_back({core, [&family, core] { return family.load({core, true}); }});
  const TrialMemory memory(family.display, blas_detail::trial_conditions(family));
  const auto inherited = memory.recall(contenders);
  found.trial =
      inherited ? *inherited : run_trial(contenders, !environment_with(family.tuning_variables).empty());
  // Loading the environment's copy is safe only after a child has survived it.
  if (found.trial[0].crashed) {
    const std::string setting = blas_detail::set_variable(family);
    found.available = Support::no(fmt::format("{} {}{}", family.soname, found.trial[0].failure,
                                              setting.empty() ? "" : " with " + setting));
    return found;
  }
  try {
    found.environment = family.load({});
    if (!inherited) memory.remember(found.trial);
    const auto best = blas_detail::winner(found.trial);
    if (best && *best > 0) {
      found.best = family.load({.core = found.trial[*best].label});
      if (found.trial[0].gflops > 0) found.best_ratio = found.trial[*best].gflops / found.trial[0].gflops;
    }
  } catch (const LibraryError& error) {
    if (!found.environment) found.available = Support::no(error.what());
  }
  return found;
}

/// "environment (Haswell) 98.1, Cooperlake 187.5 GFLOP/s, SkylakeX died of Illegal instruction".
inline std::string trial_text(const std::vector<TrialOutcome>& trial) {
  std::string text;
  for (const TrialOutcome& outcome : trial) {
    std::string item;
    if (outcome.gflops > 0)
      item = fmt::format("{:.0f} GFLOP/s", outcome.gflops);
    else if (!outcome.failure.empty())
      item = outcome.failure;
    else
      continue;
    const std::string who =
        outcome.label.empty() ? fmt::format("environment ({})", outcome.core) : outcome.label;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", who, item);
  }
  return text;
}

/// What the speed of the environment's copy suffers from, as a full sentence; empty where nothing.
inline std::string core_advice(const BlasFamily& family, const BlasFinding& found) {
  if (!found.environment || !found.best) return {};
  const std::string setting = blas_detail::set_variable(family);
  const std::string gain = fmt::format("was {:.1f}x faster in a trial", found.best_ratio);
  if (same_core(found.environment->core, found.best->core))
    return fmt::format("{} is slowed down by {}; without, the same core type {} {}.", family.display,
                       environment_text(family.tuning_variables), found.best->core, gain);
  if (!setting.empty())
    return fmt::format("{} dispatches to {} because {} is set; {} {}.", family.display,
                       found.environment->core, setting, found.best->core, gain);
  return fmt::format("{} {} does not take the best core type for this CPU: it dispatches to {}; {} {}.",
                     family.display, found.environment->version, found.environment->core, found.best->core,
                     gain);
}

inline BackendStatus blas_status(const BlasFamily& family, const BlasFinding& found) {
  BackendStatus status;
  status.available = found.available;
  if (const std::string variables = environment_text(family.prefixes); !variables.empty())
    status.facts["environment"] = variables;
  if (const std::string trial = trial_text(found.trial); !trial.empty() && found.environment)
    status.facts["trial"] = trial;
  if (!found.environment) return status;
  status.version = found.environment->version;
  status.facts["file"] = found.environment->file;
  status.facts["core"] = found.environment->core;
  status.facts["build"] = found.environment->build;
  if (found.best) status.facts["best core"] = found.best->core;
  status.facts["threads"] = !found.environment->threaded ? "1: built without threads"
                            : found.environment->max_threads > 0
                                ? fmt::format("up to {}", found.environment->max_threads)
                                : "as many as asked for";
  if (const std::string advice = core_advice(family, found); !advice.empty()) status.advice.push_back(advice);
  return status;
}

}  // namespace gemmark
