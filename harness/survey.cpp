// Before the first row: warm up, learn the timers' bias and the oracles' speed, measure the ceilings.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "harness/ceiling_cache.hpp"
#include "harness/context.hpp"
#include "harness/lab.hpp"
#include "harness/oracles.hpp"
#include "harness/stats.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

// What a sample takes where nothing is measured, and that is taken off it: 0 in hot mode, whose samples are
// long. Of a device with a queue, waiting is a part of what its caller waits for and stays.
double timer_bias(Device& device, Mode mode) {
  const bool waits = device.queue().handle != nullptr && mode != Mode::cold;
  if (mode == Mode::hot || waits) return 0;
  std::vector<double> empty;
  for (int i = 0; i < 101; ++i)
    empty.push_back(timed_at_last([&] { return device.time(mode, 1, [](int) {}); }));
  return median(empty);
}

// Runs the oracle until its speed has settled, which is when the clocks have.
double warm_oracle(Lab& lab, Device& device, std::int64_t side = 384) {
  constexpr double window_s = 0.1, agreement = 0.02, patience_s = 3;
  constexpr double too_short_s = 0.5e-3;  // more launch than work
  constexpr std::int64_t largest_side = 6144;
  const Problem problem = parse_problem(fmt::format("gemm m={0} n={0} k={0} in=fp64", side));
  const Oracle* oracle = find_oracle(lab.registry, problem, device);
  if (oracle == nullptr) return 0;
  OperandSets sets(device, problem, 1);
  const auto checker = lab.registry.checker(device);
  for (int i = 0; i < 2; ++i) checker->fill(sets[0].in[static_cast<std::size_t>(i)], {});
  oracle->run(problem, sets[0], device);
  const Stopwatch once;
  oracle->run(problem, sets[0], device);
  if (once.seconds() < too_short_s && side < largest_side) return warm_oracle(lab, device, 2 * side);
  double rate = 0, previous = 0;
  for (const Stopwatch start; start.seconds() < patience_s;) {
    int runs = 0;
    const Stopwatch window;
    for (; window.seconds() < window_s; ++runs) oracle->run(problem, sets[0], device);
    previous = std::exchange(rate, runs * flops(problem) / window.seconds());
    if (std::abs(rate - previous) <= agreement * rate) break;
  }
  return rate;
}

/// What limits the rows of these units on one device.
struct Wanted {
  std::set<int> threads;
  std::set<std::string> precisions;
  bool cache_levels = false;

  bool operator()(const Ceiling& ceiling) const {
    if (ceiling.precision) return precisions.contains(std::string(name(*ceiling.precision)));
    return ceiling.cache_level == 0 || cache_levels;
  }
};

void survey_ceilings(Lab& lab, Device& device, const Wanted& wanted) {
  const Stopwatch start;
  const std::string& id = device.info().id;
  CeilingCache cache(machine_fingerprint(lab.registry));
  std::vector<CeilingRecord> measured;
  for (const int count : wanted.threads)
    for (const Ceiling& ceiling : lab.registry.ceilings()) {
      if (!wanted(ceiling) || ceiling.device_kind != device.info().kind ||
          !lab.registry.status(ceiling.backend).available || !ceiling.supports(device))
        continue;
      std::optional<CeilingRecord> record;
      if (lab.options.ceilings == CeilingPolicy::cached) record = cache.find(ceiling, id, count);
      if (!record) {
        lab.progress(fmt::format("ceiling {} on {}, {} threads", ceiling.name, id, count));
        record = lab.try_ceiling(ceiling, device, count);
        if (record) measured.push_back(*record);
      }
      if (record) lab.keep(*record);
    }
  cache.keep(measured);
  lab.spent.ceiling_s += start.seconds();
}

}  // namespace

Device& Lab::device(const std::string& id) {
  for (const auto& device : registry.devices())
    if (device->info().id == id) return *device;
  throw std::logic_error("there is no device " + id);
}

std::optional<CeilingRecord> Lab::try_ceiling(const Ceiling& ceiling, Device& on, int threads) try {
  return measure_ceiling(ceiling, on, threads);
} catch (const DeviceLost&) {
  throw;
} catch (const std::exception& error) {
  progress(fmt::format("ceiling {} on {}: {}", ceiling.name, on.info().id, error.what()), true);
  return std::nullopt;
}

void Lab::keep(const CeilingRecord& record) {
  ceilings.add(record);
  if (on_ceiling) on_ceiling(record);
}

void Lab::beat(int index, double predicted_s) {
  if (heartbeat == nullptr) return;
  constexpr double slower_than_predicted = 20;
  const double limit_s = options.hang_limit_s + slower_than_predicted * predicted_s;
  heartbeat->deadline_ns.store(index < 0 ? 0 : steady_ns() + static_cast<std::int64_t>(limit_s * 1e9));
  heartbeat->row.store(index);
}

void survey(Lab& lab, const std::vector<Unit>& units) {
  std::map<std::string, Wanted> devices;
  for (const Unit& unit : units) {
    Wanted& wanted = devices[unit.device];
    for (const Case& row : unit.cases) {
      wanted.threads.insert(row.threads);
      wanted.precisions.insert(std::string(name(arithmetic(precision(parse_problem(row.problem))))));
    }
    const DeviceInfo& device = lab.device(unit.device).info();
    wanted.threads.insert({1, device.max_threads});
    // Only operands that stay in a cache are limited by it, and the host's have dozens of loops. Another
    // device's few are part of its description.
    wanted.cache_levels |= unit.mode != Mode::cold || device.kind != "host";
  }
  for (const auto& [id, wanted] : devices) try {
      Device& device = lab.device(id);
      device.settle(device.info().max_threads);
      lab.progress(fmt::format("warming up {}", id), true);
      lab.oracle_flops_per_s[id] = warm_oracle(lab, device);
      device.settle(1);
      for (const Mode mode : {Mode::cold, Mode::hot, Mode::latency, Mode::offload})
        lab.timer_bias_s[fmt::format("{} {}", id, name(mode))] = timer_bias(device, mode);
      if (lab.options.ceilings != CeilingPolicy::off) survey_ceilings(lab, device, wanted);
    } catch (const std::exception& error) {  // its rows will say what they meet
      lab.progress(fmt::format("survey of {}: {}", id, error.what()), true);
    }
}

}  // namespace gemmark
