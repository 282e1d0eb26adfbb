// The one loop: set up and verify every row of a unit, sample them in turn, judge again, record.
#include <fmt/format.h>

#include <algorithm>
#include <list>

#include "harness/lab.hpp"
#include "harness/prepare.hpp"
#include "harness/row.hpp"
#include "harness/sample.hpp"
#include "harness/stats.hpp"
#include "harness/stop.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

// How far above a measured limit a figure may lie before the limit is measured again, and then mistrusted:
// the noise of two measurements that each take their best.
constexpr double limit_tolerance = 1.02;

// After its last sample a row runs once more: its problem's rows share operand sets, and what the sample
// itself put out others may have overwritten.
void judge_again(Lab& lab, Device& device, Row& row) {
  if (row.over) return;
  Group& group = *row.group;
  const std::string damage = group.verifier->repaired_damage(row.last_set);
  if (!damage.empty()) group.damage = damage;
  fresh_call(lab, device, row, row.last_set);
  const Verdict verdict = group.verifier->judge(row.last_set);
  if (!verdict && verdict.status != Status::mistrusted)
    row.end(verdict.status, "after timing: " + verdict.why);
  else if (const std::string beside = row.workspace->damage(); !beside.empty())
    row.end(Status::failed, "after timing: workspace: " + beside);
}

void add_note(std::string& why, const std::string& note) {
  if (note.empty()) return;
  if (!why.empty()) why += "; ";
  why += note;
}

// Undisturbed samples make the figures, as long as all rows of a problem have some to speak of: the time that
// one took alone says nothing against what another took beside a neighbour.
bool have_been_alone(const std::vector<Row*>& rows) {
  return std::all_of(rows.begin(), rows.end(), [](const Row* row) {
    return row->over || row->samples.alone().size() >= StopRule::min_slow_samples;
  });
}

// Says of the samples that count how the row stopped: the rule saw those that were taken alone.
std::string stopped(const StopRule& rule, const ResultRecord& record) {
  if (rule.converged(record.samples_s)) return std::string(name(Stop::converged));
  return record.stop == name(Stop::converged) ? std::string(name(Stop::noisy)) : record.stop;
}

void fill_in_samples(const Samples& samples, bool alone, ResultRecord& record) {
  record.samples_s = alone ? samples.alone() : samples.all();
  if (alone) {
    record.contended_s = samples.contended();
  } else if (!samples.contended().empty()) {
    record.contended_samples = static_cast<int>(samples.contended().size());
    add_note(record.why, fmt::format("{}{} of {} samples", beside_others_words, *record.contended_samples,
                                     samples.size()));
  }
}

void fill_in_times(const Lab& lab, ResultRecord& record) {
  if (record.samples_s.empty()) return;
  const auto bias = lab.timer_bias_s.find(fmt::format("{} {}", record.device, record.mode));
  if (bias != lab.timer_bias_s.end()) record.timer_bias_s = bias->second;
  const double shift = record.timer_bias_s.value_or(0);
  const Estimate found = estimate(record.samples_s);
  const auto corrected = [&](double seconds) { return std::max(seconds - shift, 0.0); };
  record.median_s = corrected(found.median);
  record.min_s = corrected(found.min);
  record.mad_s = found.mad;
  if (found.ci95)
    record.ci95_s = std::pair{corrected(found.ci95->first), corrected(found.ci95->second)};
  else
    add_note(record.why, fmt::format("{} samples are too few for an interval", record.samples_s.size()));
  if (*record.median_s <= 0) return;
  record.tflops = record.flops / *record.median_s / 1e12;
  record.gbps = record.bytes / *record.median_s / 1e9;
  record.latency_us = *record.median_s * 1e6;
}

Share share_of(const Lab& lab, Device& device, Mode mode, const ResultRecord& record) {
  return share_of_ceiling(lab.ceilings, record,
                          level_of_operands(device.info(), mode, record.bytes, record.threads));
}

// The share of the limit that operations and inputs alone account for: outputs may stay in a cache.
Share certain_share(const Lab& lab, Device& device, Mode mode, const ResultRecord& record) {
  ResultRecord inputs_only = record;
  inputs_only.bytes = 0;
  const OperandShapes shapes = operand_shapes(parse_problem(record.problem));
  for (const Shape& shape : shapes.in) inputs_only.bytes += static_cast<double>(element_bytes(shape));
  return share_of(lab, device, mode, inputs_only);
}

bool exceeds(const Share& share) { return share.of_device.value_or(0) > limit_tolerance; }

// A limit that was exceeded may have been measured while something disturbed it. Where it cannot be measured
// again it stays.
void remeasure(Lab& lab, Device& device, const CeilingRecord& doubtful) {
  for (const Ceiling& ceiling : lab.registry.ceilings())
    if (ceiling.name == doubtful.name && ceiling.device_kind == device.info().kind &&
        ceiling.cache_level == doubtful.cache_level &&
        (!doubtful.precision || (ceiling.precision && name(*ceiling.precision) == *doubtful.precision)))
      if (const auto again = lab.try_ceiling(ceiling, device, doubtful.threads)) lab.keep(*again);
}

void compare_with_ceiling(Lab& lab, Device& device, Mode mode, ResultRecord& record) {
  if (const Share doubtful = certain_share(lab, device, mode, record); exceeds(doubtful)) {
    remeasure(lab, device, CeilingRecord(*doubtful.binding));
    if (const Share still = certain_share(lab, device, mode, record);
        exceeds(still) && still.binding->may_judge()) {
      record.status = name(Status::mistrusted);
      add_note(record.why, fmt::format("{:.1f}% of the measured ceiling {}: no machine exceeds its limits",
                                       100 * *still.of_device, still.binding->name));
    }
  }
  const Share share = share_of(lab, device, mode, record);
  record.ceiling_fraction = share.of_device;
  record.backend_ceiling_fraction = share.of_backend;
  record.bound = share.bound;
  add_note(record.why,
           lab.options.ceilings == CeilingPolicy::off ? "no share of a limit: ceilings are off" : share.why);
}

void fill_in(Lab& lab, Device& device, Mode mode, bool alone, Row& row) {
  row.over = true;
  // verify_rows leaves a note where the data make even a right output no evidence.
  row.record.status = name(row.record.why.empty() ? Status::ok : Status::mistrusted);
  if (!row.group->damage.empty()) {
    row.record.status = name(Status::mistrusted);
    add_note(row.record.why,
             "while this problem was timed, one of its kernels went astray: " + row.group->damage);
  }
  fill_in_samples(row.samples, alone, row.record);
  row.record.stop = stopped(StopRule::of(lab.options, mode), row.record);
  row.instruments.fill_in(row.record);
  if (const std::string distress = row.instruments.distress(); !distress.empty()) {
    row.record.status = name(Status::mistrusted);
    add_note(row.record.why, "the device was slowed down: " + distress);
  }
  fill_in_times(lab, row.record);
  compare_with_ceiling(lab, device, mode, row.record);
}

void tell(Lab& lab, Row& row) {
  lab.on_result(row.record);
  row.told = true;
  row.plans.clear();
}

// Once every row of the problem has its samples.
void finish_problem(Lab& lab, Device& device, Mode mode, std::list<Row>& rows, const Group& group) {
  std::vector<Row*> untold;
  for (Row& row : rows)
    if (row.group == &group && !row.told) untold.push_back(&row);
  if (!std::all_of(untold.begin(), untold.end(), [](const Row* row) { return row->sampled; })) return;
  const bool alone = have_been_alone(untold);
  for (Row* row : untold) {
    if (!row->over) fill_in(lab, device, mode, alone, *row);
    tell(lab, *row);
  }
}

// After the device is lost: whose fault it was has its status, and where it was nobody's, all that were being
// measured are to blame. The others are left to another process.
void tell_of_loss(Lab& lab, std::list<Row>& rows, const std::string& why) {
  const bool blamed = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.lost; });
  for (Row& row : rows) {
    if (!row.over && !row.sampled && !blamed) row.end(Status::failed, why);
    if (row.over && !row.told) tell(lab, row);
  }
}

void measure_rows(Lab& lab, Device& device, Checker& checker, Mode mode, std::list<Group>& groups,
                  std::list<Row>& rows) {
  lab.progress("setting up", true);
  for (Group& group : groups) {
    std::vector<Row*> members;
    for (Row& row : rows)
      if (row.group == &group) members.push_back(&row);
    try {
      prepare_group(lab, device, checker, group, members);
    } catch (const DeviceLost&) {
      throw;
    } catch (const std::exception& error) {
      for (Row* row : members)
        if (!row->over) row->end(Status::failed, error.what());
    }
  }
  std::vector<Row*> ready;
  for (Row& row : rows)
    if (row.over)
      tell(lab, row);
    else
      ready.push_back(&row);
  double judging_s = 0;
  const Stopwatch start;
  sample_rows(lab, device, mode, ready, [&](Row& row) {
    const Stopwatch judging;
    row.attempt([&] { judge_again(lab, device, row); }, "after timing: ");
    row.sampled = true;
    row.plans.clear();
    finish_problem(lab, device, mode, rows, *row.group);
    judging_s += judging.seconds();
  });
  lab.spent.sampling_s += start.seconds() - judging_s;
  lab.spent.verification_s += judging_s;
}

}  // namespace

void measure_unit(Lab& lab, const Unit& unit) {
  Device& device = lab.device(unit.device);
  const auto checker = lab.registry.checker(device);
  std::list<Group> groups;
  std::list<Row> rows;
  for (const Case& row : unit.cases) {
    const auto& kernels = lab.registry.kernels();
    const auto kernel =
        std::find_if(kernels.begin(), kernels.end(), [&](const Kernel& k) { return k.name == row.kernel; });
    if (kernel == kernels.end()) throw std::logic_error("there is no kernel " + row.kernel);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& g) { return to_text(g.problem) == row.problem; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{parse_problem(row.problem)});
    rows.push_back({static_cast<int>(&row - unit.cases.data()), &*kernel, &*group});
    rows.back().record = blank_record(row, unit, *kernel, lab.options);
  }
  try {
    measure_rows(lab, device, *checker, unit.mode, groups, rows);
  } catch (const DeviceLost& error) {
    tell_of_loss(lab, rows, error.what());
    throw;
  }
}

}  // namespace gemmark
