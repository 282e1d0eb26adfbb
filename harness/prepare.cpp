#include "harness/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>

#include "harness/accumulator.hpp"
#include "harness/oracles.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

// Memory that stays free for kernels' own buffers and the rest of the machine.
constexpr double usable_share = 0.8;
// An oracle product that is predicted to take longer is computed in part.
constexpr double oracle_limit_s = 2;

// Who fails or comes to an end is no longer among the rows.
template <class Action>
void attempt_each(std::vector<Row*>& rows, Action action) {
  for (Row* row : rows) row->attempt([&] { action(*row); });
  std::erase_if(rows, [](const Row* row) { return row->over; });
}

// While the watchdog looks on.
double timed_call(Lab& lab, Device& device, Row& row, int set, double predicted_s) {
  const Watched watched(lab, row.index, predicted_s);
  const Operands operands = row.operands(set);
  const double seconds =
      device.time(Mode::latency, 1, [&](int) { row.plan(set).run(operands, device.queue()); });
  device.synchronize();
  return seconds;
}

Operands constants_of(const Operands& set) {
  Operands constants;
  constants.in[1] = set.in[1];  // a gemm's B is the only one that a problem can mark
  return constants;
}

// Sets the row up for the first `count` operand sets, as far as that has not been done.
void add_plans(Lab& lab, Device& device, Row& row, int count) {
  // A library starts its threads when it is set up or first called, and they inherit the caller's processors.
  device.settle(device.info().max_threads);
  const auto had = static_cast<int>(row.plans.size());
  const Stopwatch start;
  std::int64_t workspace = had > 0 ? row.record.workspace_bytes : 0;
  for (int set = had; set < count; ++set) {
    const Watched watched(lab, row.index, 0);
    const Operands constants = constants_of((*row.group->sets)[set]);
    const PlanRequest request{row.group->problem, device, row.record.threads,
                              row.kernel->prepacks ? &constants : nullptr};
    row.plans.push_back(row.kernel->plan(request));
    workspace = std::max(workspace, row.plans.back()->workspace_bytes());
  }
  row.record.plan_s = (had * row.record.plan_s.value_or(0) + start.seconds()) / count;
  if (!row.workspace || row.record.workspace_bytes != workspace)
    row.workspace = std::make_unique<Workspace>(device, workspace);
  row.record.workspace_bytes = workspace;
  row.record.algorithm = row.plans.front()->algorithm();
  row.record.flops_executed = row.plans.front()->flops_executed(row.record.flops);
}

void make_plans(Lab& lab, Device& device, Row& row) {
  row.plans.clear();
  add_plans(lab, device, row, 1);
}

// The problem with fewer rows, or with every extent cut: what a pilot runs.
Gemm cut(Gemm g, std::int64_t rows, std::int64_t others) {
  g.m = std::min(g.m, rows), g.n = std::min(g.n, others), g.k = std::min(g.k, others);
  g.batch = 1;
  g.lda_given = g.ldb_given = g.ldc_given = 0;
  return g;
}

// Seconds for a smaller problem of the same kind, run a few times; the first call may start a library's
// threads, and any of them may be disturbed, so that the quickest says what the kernel can do.
double pilot(Lab& lab, Device& device, Checker& checker, const Row& row, const Gemm& small) {
  Group group{small};
  group.sets = std::make_unique<OperandSets>(device, small, 1);
  for (std::size_t i = 0; i < 2; ++i) checker.fill((*group.sets)[0].in[i], {});
  Row trial{row.index, row.kernel, &group};
  trial.record.threads = row.record.threads;
  make_plans(lab, device, trial);
  device.settle(trial.record.threads);
  constexpr int calls = 4;
  constexpr double enough_s = 0.02;
  double quickest = std::numeric_limits<double>::infinity();
  const Stopwatch spent;
  for (int i = 0; i < calls && (i < 2 || spent.seconds() < enough_s); ++i)
    quickest = std::min(quickest, timed_call(lab, device, trial, 0, lab.options.call_limit_s));
  lab.device_worked = true;
  return quickest;
}

// Seconds for one call. A small cube says how fast the kernel is at its best; a larger one, where a device is
// done with it before its launch has paid, or where threads that sleep take longer to wake than to work.
// Where that leaves it near the limit, a slab of the real width says what falling out of the caches costs.
double predict_call(Lab& lab, Device& device, Checker& checker, const Row& row) {
  constexpr double negligible_flops = 1e8;
  constexpr std::int64_t cube = 256, slab_share = 8;  // a slab has an eighth of the cube's rows
  constexpr double near_limit = 0.05;
  constexpr double slab_pessimism = 3;  // a slab amortises packing badly
  const ResultRecord& record = row.record;
  if (const auto known = lab.cost.predict(record.kernel, record.precision, record.threads, record.flops);
      known && *known > lab.options.call_limit_s)
    return *known;
  const auto* gemm = std::get_if<Gemm>(&row.group->problem);
  if (record.flops <= negligible_flops || gemm == nullptr) return 0;
  const double limit = lab.options.call_limit_s;
  double seconds = 0;  // of the last pilot
  const auto small = [&](std::int64_t rows, std::int64_t others) {
    const Gemm problem = cut(*gemm, rows, others);
    seconds = row.kernel->supports(problem, device) ? pilot(lab, device, checker, row, problem) : 0;
    return seconds * record.flops / flops(problem);
  };
  std::int64_t side = cube;
  double best = small(side, side);
  while (best > limit && seconds < CostModel::telling_s &&
         2 * side <= std::max({gemm->m, gemm->n, gemm->k})) {
    side *= 2;
    best = small(side, side);
  }
  if (best > limit || best < near_limit * limit) return best;
  return std::max(best, small(side / slab_share, gemm->n + gemm->k) / slab_pessimism);
}

void skip_expensive(Lab& lab, Device& device, Checker& checker, std::vector<Row*>& rows) {
  attempt_each(rows, [&](Row& row) {
    row.call_s = predict_call(lab, device, checker, row);
    if (row.call_s > lab.options.call_limit_s)
      row.end(Status::skipped, fmt::format("one call would take about {:.3g} s, the limit is {:g} s",
                                           row.call_s, lab.options.call_limit_s));
  });
}

// As many operand sets as the caches ask for and memory allows; 0 and the reason where there is no room.
int affordable_sets(Device& device, const Problem& problem, Mode mode, const std::vector<Row*>& rows,
                    std::string& why) {
  const OperandShapes shapes = operand_shapes(problem);
  // One a problem, whatever the number of sets: the oracle's product, and C as it was where that is read.
  const double fixed_bytes = 8.0 * static_cast<double>(shapes.out.count()) +
                             (shapes.reads_out ? static_cast<double>(shapes.out.span_bytes()) : 0);
  const double usable = usable_share * static_cast<double>(device.free_bytes());
  const auto prepacking =
      std::count_if(rows.begin(), rows.end(), [](auto* r) { return r->kernel->prepacks; });
  const double per_set = static_cast<double>(OperandSets::bytes_per_set(problem)) +
                         static_cast<double>(prepacking * shapes.in[1].span_bytes());
  const double wanted = mode == Mode::cold ? OperandSets::wanted_sets(device, problem) : 1;
  const double possible = std::min((usable - fixed_bytes) / per_set, wanted);
  if (possible < 1)
    why = fmt::format("needs {:.1f} GB for operands and reference, {:.1f} GB are usable",
                      (per_set + fixed_bytes) / 1e9, usable / 1e9);
  return std::max(0, static_cast<int>(possible));
}

// Runs and judges every row with the data that is in force. A row that is wrong is over.
void verify_rows(Lab& lab, Device& device, Group& group, std::vector<Row*>& rows, bool data_pass) {
  const double limit = lab.options.call_limit_s;
  attempt_each(rows, [&](Row& row) {
    if (row.plans.empty() || row.kernel->prepacks) make_plans(lab, device, row);
    row.call_s = fresh_call(lab, device, row, 0);
    if (row.call_s > limit)  // it may have been disturbed
      row.call_s = std::min(row.call_s, fresh_call(lab, device, row, 0));
    lab.cost.learn(row.record.kernel, row.record.precision, row.record.threads, row.record.flops, row.call_s);
    Verdict verdict = group.verifier->judge(0);
    if (const std::string damage = row.workspace->damage(); verdict && !damage.empty())
      verdict = {Status::failed, "workspace: " + damage, {}, {}};
    row.record.error = verdict.error;
    row.record.error_bound = verdict.error_bound;
    row.record.verification = group.verifier->passes();
    if (data_pass) row.record.relative_error = group.verifier->relative_error(0);
    if (verdict.status == Status::mistrusted && data_pass)
      row.record.why = verdict.why;
    else if (!verdict && verdict.status != Status::mistrusted)
      row.end(verdict.status, verdict.why);
    else if (row.call_s > limit)
      row.end(Status::skipped, fmt::format("one call took {:.3g} s, the limit is {:g} s", row.call_s, limit));
  });
}

// Between the passes: the next one fills the operands anew. A row that a call of is dear is not asked.
void probe_accumulators(Lab& lab, Device& device, Group& group, const Gemm& gemm, std::vector<Row*>& rows) {
  constexpr double dear_s = 0.5;
  const auto probe = AccumulatorProbe::of(gemm);
  if (!probe) return;
  probe->load(device, (*group.sets)[0]);
  attempt_each(rows, [&](Row& row) {
    if (row.call_s > dear_s) return;
    if (row.plans.empty()) make_plans(lab, device, row);
    fresh_call(lab, device, row, 0);
    row.record.accumulator_bits = probe->bits(device, (*group.sets)[0].out);
  });
}

}  // namespace

double fresh_call(Lab& lab, Device& device, Row& row, int set) {
  row.group->verifier->reset_out(set);
  device.settle(row.record.threads);
  return timed_call(lab, device, row, set, row.call_s);
}

void prepare_group(Lab& lab, Device& device, Checker& checker, Group& group, std::vector<Row*> rows) {
  const Stopwatch start;
  const auto end_all = [&](Status status, const std::string& why) {
    for (Row* row : rows) row->end(status, why);
  };
  const Oracle* oracle = find_oracle(lab.registry, group.problem, device);
  const auto* gemm = std::get_if<Gemm>(&group.problem);
  if (oracle == nullptr || gemm == nullptr)
    return end_all(Status::skipped, "there is no oracle to verify it with");
  const Mode mode = mode_named(rows.front()->record.mode).value();
  std::string no_room;
  const int sets = affordable_sets(device, group.problem, mode, rows, no_room);
  if (sets == 0) return end_all(Status::skipped, no_room);
  skip_expensive(lab, device, checker, rows);
  if (rows.empty()) return;
  try {
    group.sets = std::make_unique<OperandSets>(device, group.problem, sets);
  } catch (const std::bad_alloc&) {
    return end_all(Status::skipped, "its operands could not be allocated");
  }
  lab.spent.setup_s += start.seconds();

  const Stopwatch verification;
  lab.progress(fmt::format("verifying {} kernels, {}", rows.size(), rows.front()->record.precision));
  try {
    const double oracle_rate = lab.oracle_flops_per_s[device.info().id];
    group.verifier =
        std::make_unique<Verifier>(device, checker, *oracle, *gemm, *group.sets, oracle_rate, oracle_limit_s);
    if (group.verifier->use_exact(lab.options.seed)) {
      lab.device_worked = true;  // the oracle's product is there
      verify_rows(lab, device, group, rows, false);
    }
    probe_accumulators(lab, device, group, *gemm, rows);
    group.verifier->use_data(lab.options.data, lab.options.seed);
    verify_rows(lab, device, group, rows, true);
    group.sets->replicate();
    for (Row* row : rows)
      if (row->kernel->prepacks) row->attempt([&] { add_plans(lab, device, *row, sets); });
  } catch (const std::bad_alloc&) {
    end_all(Status::skipped, "there is no room for its reference product");
  }
  lab.spent.verification_s += verification.seconds();
}

}  // namespace gemmark
