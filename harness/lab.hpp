// What measuring a unit needs and what it tells: the equipment of one worker.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "harness/ceilings.hpp"
#include "harness/cost.hpp"
#include "harness/expand.hpp"
#include "harness/operands.hpp"
#include "harness/options.hpp"
#include "harness/record.hpp"

namespace gemmark {

/// A page that the parent can see: which row is being run and until when it should have come back. It tells
/// whom to blame for a crash or a hang, at the cost of a store.
struct Heartbeat {
  std::atomic<std::int32_t> row{-1};         ///< index into the unit's cases; -1: none
  std::atomic<std::int64_t> deadline_ns{0};  ///< of the steady clock; 0: none
};

/// Now, by the steady clock, which all processes of a machine share.
inline std::int64_t steady_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

/// Where wall time went.
struct Spent {
  double setup_s = 0, verification_s = 0, sampling_s = 0, ceiling_s = 0;
};

struct Lab {
  Registry& registry;
  RunOptions options;
  Ceilings ceilings{};
  CostModel cost{};
  Spent spent{};
  std::map<std::string, double> timer_bias_s{};  ///< by "device mode"
  std::map<std::string, double> oracle_flops_per_s{};
  std::mt19937_64 shuffle{};  ///< order of rounds
  Heartbeat* heartbeat = nullptr;
  bool device_worked = false;  ///< it has computed something for this process

  std::function<void(const ResultRecord&)> on_result{};
  std::function<void(const CeilingRecord&)> on_ceiling{};
  std::function<void(const std::string& doing, bool urgent)> on_progress{};

  Device& device(const std::string& id);
  /// Measures a ceiling. What it throws is told as progress, save a lost device: rows then say that they have
  /// no share of it, or keep the one that they had.
  std::optional<CeilingRecord> try_ceiling(const Ceiling& ceiling, Device& on, int threads);
  /// From now on it limits rows, and whoever listens has it.
  void keep(const CeilingRecord& record);
  /// Says that row `index` is about to run for what is predicted to be so long, or (-1) that none is.
  void beat(int index, double predicted_s = 0);
  void progress(const std::string& doing, bool urgent = false) const {
    if (on_progress) on_progress(doing, urgent);
  }
};

/// Row `index` is running from here to the end of the scope, however that is left.
class Watched {
 public:
  Watched(Lab& lab, int index, double predicted_s) : lab_(lab) { lab.beat(index, predicted_s); }
  ~Watched() { lab_.beat(-1); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  Lab& lab_;
};

/// Measures every ceiling that the units ask for, and the timers; fills in lab.ceilings and timer_bias_s.
void survey(Lab& lab, const std::vector<Unit>& units);

/// Sets up, verifies, samples and records every case of a unit. Nothing that a kernel does ends it by an
/// exception, save that DeviceLost is thrown on once the row at fault is recorded; the rows that are left
/// then want another process.
void measure_unit(Lab& lab, const Unit& unit);

}  // namespace gemmark
