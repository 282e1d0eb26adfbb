#include "harness/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "harness/contention.hpp"
#include "harness/stats.hpp"
#include "harness/stop.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

// Throughput is taken over windows this long, many in a block of one kernel. Windows of a block vary together
// (clocks, where memory happens to lie), and so their median is one sample. A device with a queue stands
// still for a millisecond between two of them, while the host makes the next graph: longer ones keep it at
// work, and what its meter of energy reads is the kernel's.
constexpr double hot_window_s = 2e-3, hot_window_of_queue_s = 0.1;
constexpr double hot_block_s = 1;
// Blocks that a row's time is cut into: six make an interval. A device that averages its power and meters its
// energy over tenths of a second has longer ones.
constexpr int hot_blocks = 6, hot_blocks_of_queue = 3;
// A turn: several calls of the kernel in the middle, of which only the first follows another kernel's; short,
// because what neighbours do to memory and caches changes within a second, and all kernels shall see the same
// of it. A slower kernel sits out rounds, so that all have had the same time whenever they end.
constexpr double calls_a_turn = 4, shortest_turn_s = 0.002, longest_turn_s = 0.06;
// Before a turn of several threads those of the last one must sleep, which OpenMP's do after 5 ms.
constexpr double shortest_turn_of_team_s = 0.01;
// Waking 16 threads of a virtual machine was seen to take up to 8 ms.
constexpr double warming_matters_s = 0.1;

double timed(Device& device, Mode mode, Row& row, int set, int calls) {
  const Operands operands = row.operands(set);
  Plan& plan = row.plan(set);
  const Queue queue = device.queue();
  return device.time(mode, calls, [&](int) { plan.run(operands, queue); });
}

// A call on other operands, untimed. The first call after another kernel's finds its code, its workspace and
// their translations gone (at 256³ it took a quarter longer than the second), and with several threads its
// pool asleep: none of which is a property of the kernel.
void warm(Device& device, Row& row) {
  Group& group = *row.group;
  if (group.sets->count() < 2 || row.call_s > warming_matters_s) return;
  const int other = group.take_set();
  row.plan(other).run(row.operands(other), device.queue());
  device.synchronize();
}

// One call on operands that no cache holds.
double cold_sample(Device& device, Row& row, bool first_of_turn) {
  Group& group = *row.group;
  // A device with a queue spoils outputs and empties its caches with kernels of its own. The warm call comes
  // before them, so that nothing it wrote is still on its way to memory.
  const bool has_queue = device.queue().handle != nullptr;
  if (has_queue && first_of_turn) warm(device, row);
  const int set = row.last_set = group.take_set();
  group.verifier->reset_out(set);
  group.sets->make_cold(set);
  if (const auto own = row.plan(set).prepacked(); !own.empty() && !group.sets->larger_than_cache())
    device.evict(own.data(), static_cast<std::int64_t>(own.size()));
  if (!has_queue && first_of_turn) warm(device, row);
  return timed(device, Mode::cold, row, set, 1);
}

// One call on the operands of the call before it, from the caller's point of view.
double latency_sample(Device& device, Row& row) {
  row.last_set = 0;
  row.group->verifier->reset_out(0);
  timed(device, Mode::latency, row, 0, 1);
  row.group->verifier->reset_out(0);
  return timed(device, Mode::latency, row, 0, 1);
}

// One call on operands in the host's memory, copied there and back. The host's copies of the inputs are what
// the device holds, so that the output is judged as ever.
double offload_sample(Device& device, Row& row) {
  row.last_set = 0;
  Group& group = *row.group;
  group.verifier->reset_out(0);
  if (!group.staging) group.staging = std::make_unique<Staging>(device, group.problem, (*group.sets)[0]);
  const Operands operands = row.operands(0);
  const auto call = [&] {
    return device.time(Mode::offload, 1, [&](int) {
      group.staging->send(device, operands);
      row.plan(0).run(operands, device.queue());
      group.staging->fetch(device, operands);
    });
  };
  call();
  group.verifier->reset_out(0);
  return call();
}

// Calls one after the other, in windows. With several threads nothing is asked between windows: the answer
// would come from processors on which our own threads spin.
void hot_block(const Lab& lab, Device& device, Row& row, bool contended_before) {
  row.last_set = 0;
  row.group->verifier->reset_out(0);
  const bool has_queue = device.queue().handle != nullptr;
  const double block_s =
      std::min(hot_block_s, lab.options.time_limit_s / (has_queue ? hot_blocks_of_queue : hot_blocks));
  const double call_s = std::max(timed(device, Mode::hot, row, 0, 1), 1e-9);
  const double window_s = has_queue ? hot_window_of_queue_s : hot_window_s;
  const int calls = static_cast<int>(std::clamp(window_s / call_s, 1.0, 1e6));
  const bool asks = row.record.threads == 1;
  bool before = asks && contended_before;
  row.instruments.begin_block(device);
  Samples windows;
  const Stopwatch start;
  do {
    const double seconds = timed(device, Mode::hot, row, 0, calls) / calls;
    const bool after = asks && contended(device, row.record.threads);
    windows.add(seconds, before || after);
    before = after;
    row.instruments.after_call(device);
  } while (start.seconds() < block_s);
  row.instruments.end_block(device, static_cast<double>(windows.size()) * calls);
  const bool alone = windows.alone().size() >= windows.contended().size();
  row.samples.add(median(alone ? windows.alone() : windows.all()), !alone);
}

double one_sample(Device& device, Mode mode, Row& row, bool first_of_turn) {
  if (mode == Mode::cold) return timed_at_last([&] { return cold_sample(device, row, first_of_turn); });
  return mode == Mode::latency ? latency_sample(device, row) : offload_sample(device, row);
}

// Samples for so many seconds, at least one, after which it is asked once whether somebody else was there: of
// one thread after every sample, of several only where their pools may fall asleep.
void stretch(Lab& lab, Device& device, Mode mode, Row& row, bool first_of_turn, double stretch_s,
             bool contended_before) {
  std::vector<double> samples_s;
  const Stopwatch spent;
  do {
    const Watched watched(lab, row.index, row.call_s);
    samples_s.push_back(one_sample(device, mode, row, std::exchange(first_of_turn, false)));
    row.instruments.after_call(device);
  } while (spent.seconds() < stretch_s);
  device.settle(row.record.threads);
  const bool contended_ever = contended_before || contended(device, row.record.threads);
  for (const double seconds : samples_s) row.samples.add(seconds, contended_ever);
}

void sample(Lab& lab, Device& device, Mode mode, Row& row, bool first_of_turn, double turn_s,
            double& patience_s) {
  // Settling counts: with 16 threads it was seen to take 12 ms a sample, as they spin for a while.
  const Stopwatch whole;
  device.settle(row.record.threads);
  const double patience_before_s = patience_s;
  const bool contended_before = wait_alone(device, row.record.threads, patience_s);
  const double waited_s = patience_before_s - patience_s;
  const std::size_t contended_samples = row.samples.contended().size();
  if (mode == Mode::hot) {
    const Watched watched(lab, row.index, row.call_s + hot_block_s);
    hot_block(lab, device, row, contended_before);
  } else {
    stretch(lab, device, mode, row, first_of_turn, row.record.threads > 1 ? turn_s : 0, contended_before);
  }
  device.synchronize();
  const double spent_s = whole.seconds() - waited_s;
  if (row.samples.contended().size() > contended_samples && patience_s > 0)
    patience_s -= spent_s;
  else
    row.spent_s += spent_s;
}

double length_of_a_turn(const std::vector<Row*>& rows) {
  if (rows.empty()) return 0;
  std::vector<double> calls_s;
  for (const Row* row : rows) calls_s.push_back(row->call_s);
  const bool team = std::any_of(rows.begin(), rows.end(), [](Row* row) { return row->record.threads > 1; });
  return std::clamp(calls_a_turn * median(calls_s), team ? shortest_turn_of_team_s : shortest_turn_s,
                    longest_turn_s);
}

// Statistics are worth recomputing when the samples have grown by a tenth.
bool due(int round) { return round < 50 || round % (round / 10) == 0; }

}  // namespace

void sample_rows(Lab& lab, Device& device, Mode mode, std::vector<Row*> rows,
                 const std::function<void(Row&)>& on_stop) {
  const StopRule rule = StopRule::of(lab.options, mode);
  double patience_s = lab.options.patience_s * static_cast<double>(rows.size());
  const double turn_s = length_of_a_turn(rows);
  for (int round = 0; !rows.empty(); ++round) {
    // Hot: A B … B A, so that a drift of the clocks cancels. Else a fresh random order each round.
    if (mode != Mode::hot)
      std::shuffle(rows.begin(), rows.end(), lab.shuffle);
    else if (round % 2 == 1)
      std::reverse(rows.begin(), rows.end());
    for (Row*& row : rows) {
      if (mode != Mode::hot && row->spent_s > round * turn_s) continue;
      const Stopwatch turn;
      row->attempt([&] {
        bool first = true;
        do sample(lab, device, mode, *row, std::exchange(first, false), turn_s, patience_s);
        while (mode != Mode::hot && turn.seconds() < turn_s);
      });
      if (row->over) {
        on_stop(*row);
        row = nullptr;
      }
    }
    std::erase(rows, nullptr);
    if (!due(round) || (mode == Mode::hot && round % 2 == 0)) continue;
    std::set<const Group*> open;
    for (Row* row : rows) {
      row->record.stop = name(rule(row->samples, row->spent_s));
      if (row->record.stop == name(Stop::none)) open.insert(row->group);
    }
    // Whoever has converged and has time left goes on while a row of its problem has not: ratios want the
    // same stretch of time on both sides.
    for (Row*& row : rows) {
      const bool waits = row->record.stop == name(Stop::converged) && open.contains(row->group) &&
                         row->spent_s < rule.time_limit_s;
      if (row->record.stop == name(Stop::none) || waits) continue;
      on_stop(*row);
      row = nullptr;
    }
    std::erase(rows, nullptr);
    if (!rows.empty()) lab.progress(fmt::format("round {}, {} rows still sampling", round + 1, rows.size()));
  }
}

}  // namespace gemmark
