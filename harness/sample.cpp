#include "harness/sample.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/stop.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

// Throughput is taken over windows this long, many in a block of one kernel.
constexpr double hot_window_s = 2e-3;
constexpr double hot_block_s = 1;
// Waking 16 threads of a virtual machine was seen to take up to 8 ms.
constexpr double waking_matters_s = 0.1;

double timed(Device& device, Mode mode, Row& row, int set, int calls) {
  const Operands operands = row.operands(set);
  Plan& plan = row.plan(set);
  const Queue queue = device.queue();
  return device.time(mode, calls, [&](int) { plan.run(operands, queue); });
}

// One call on operands that no cache holds.
void cold_sample(Device& device, Row& row) {
  Group& group = *row.group;
  const int set = row.last_set = group.take_set();
  group.verifier->reset_out(set);
  if (!group.sets->larger_than_cache()) group.sets->evict(set);
  // Wakes the kernel's threads on other operands: some pools sleep between calls and some spin, and how long
  // a processor takes to wake is no property of the kernel.
  if (row.record.threads > 1 && group.sets->count() > 1 && row.call_s < waking_matters_s) {
    const int other = group.take_set();
    row.plan(other).run(row.operands(other), device.queue());
    device.synchronize();
  }
  row.record.samples_s.push_back(timed(device, Mode::cold, row, set, 1));
}

// One call on the operands of the call before it, from the caller's point of view.
void latency_sample(Device& device, Row& row) {
  row.last_set = 0;
  row.group->verifier->reset_out(0);
  timed(device, Mode::latency, row, 0, 1);
  row.group->verifier->reset_out(0);
  row.record.samples_s.push_back(timed(device, Mode::latency, row, 0, 1));
}

// A second of calls one after the other, in windows.
void hot_block(const Lab& lab, Device& device, Row& row) {
  row.last_set = 0;
  row.group->verifier->reset_out(0);
  const double block_s = std::min(hot_block_s, lab.options.time_limit_s / 2);
  const double call_s = std::max(timed(device, Mode::hot, row, 0, 1), 1e-9);
  const int calls = static_cast<int>(std::clamp(hot_window_s / call_s, 1.0, 1e6));
  const Stopwatch start;
  do row.record.samples_s.push_back(timed(device, Mode::hot, row, 0, calls) / calls);
  while (start.seconds() < block_s);
}

void sample(Lab& lab, Device& device, Mode mode, Row& row) {
  const Stopwatch start;
  lab.beat(row.index, row.call_s + (mode == Mode::hot ? hot_block_s : 0));
  device.settle(row.record.threads);
  switch (mode) {
    case Mode::cold:
      cold_sample(device, row);
      break;
    case Mode::latency:
      latency_sample(device, row);
      break;
    case Mode::hot:
      hot_block(lab, device, row);
      break;
  }
  device.synchronize();
  lab.beat(-1);
  row.spent_s += start.seconds();
}

// A row's statistics are worth recomputing when it has grown by a tenth.
bool due(const Row& row, const StopRule& rule) {
  const std::size_t count = row.record.samples_s.size();
  return count < 50 || count % (count / 10) == 0 || row.spent_s >= rule.time_limit_s ||
         count >= StopRule::max_samples;
}

}  // namespace

void sample_rows(Lab& lab, Device& device, Mode mode, std::vector<Row*> rows,
                 const std::function<void(Row&)>& on_stop) {
  const StopRule rule{lab.options.target, lab.options.time_limit_s};
  for (int round = 0; !rows.empty(); ++round) {
    // Hot: A B … B A, so that a drift of the clocks cancels. Else a fresh random order each round.
    if (mode != Mode::hot)
      std::shuffle(rows.begin(), rows.end(), lab.shuffle);
    else if (round % 2 == 1)
      std::reverse(rows.begin(), rows.end());
    for (Row*& row : rows) {
      row->attempt([&] { sample(lab, device, mode, *row); });
      if (row->over) {
        on_stop(*row);
        row = nullptr;
        continue;
      }
      if (!due(*row, rule)) continue;
      if (mode == Mode::hot && round % 2 == 0) continue;
      const Stop stop = rule(row->record.samples_s.size(), estimate(row->record.samples_s), row->spent_s);
      if (stop == Stop::none) continue;
      row->record.stop = name(stop);
      on_stop(*row);
      row = nullptr;
    }
    std::erase(rows, nullptr);
    if (!rows.empty()) lab.progress(fmt::format("round {}, {} rows still sampling", round + 1, rows.size()));
  }
}

}  // namespace gemmark
