#include "harness/ceilings.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "harness/contention.hpp"
#include "harness/context.hpp"
#include "harness/datasheet.hpp"
#include "harness/operands.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

// A glance at every shape, then looks at the best ones in turn, each of several windows. Noise only ever
// slows down: the fastest window is the limit, and beside neighbours the quiet moments are few and short.
constexpr double glance_s = 0.004, look_s = 0.01;
constexpr std::size_t candidates = 2;
constexpr int windows_a_look = 5, least_looks = 6;
constexpr double longest_s = 0.3;
// A device that lowers its clocks at a limit of power averages over some ten milliseconds: rested, it shows
// what its units can do, which is the limit. A look at it is one window.
constexpr std::chrono::milliseconds rest{40};

double rate_over(CeilingRun& run, Device& device, double window_s, double expected_rate) {
  const int calls = static_cast<int>(std::clamp(window_s * expected_rate / run.work(), 1.0, 1e6));
  const double spent_s = device.time(Mode::hot, calls, [&](int) { run.run(device.queue()); });
  return calls * run.work() / std::max(spent_s, 1e-9);
}

struct Candidate {
  double rate;
  CeilingRun* run;
};

std::vector<Candidate> best_at_a_glance(const std::vector<std::unique_ptr<CeilingRun>>& shapes,
                                        Device& device) {
  std::vector<Candidate> seen;
  for (const auto& shape : shapes)
    seen.push_back({rate_over(*shape, device, glance_s, rate_over(*shape, device, 0, 0)), shape.get()});
  std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.rate > b.rate; });
  if (seen.size() > candidates) seen.erase(seen.begin() + candidates, seen.end());
  return seen;
}

// Whether the fastest is no accident.
bool came_again(const std::vector<double>& rates) {
  constexpr double alike = 0.99;  // streams through memory vary by half a percent
  constexpr std::ptrdiff_t company = 4;
  const double fastest = *std::max_element(rates.begin(), rates.end());
  return std::count_if(rates.begin(), rates.end(), [&](double rate) { return rate >= alike * fastest; }) >=
         company;
}

const CeilingRecord* highest(const std::vector<CeilingRecord>& records,
                             const std::function<bool(const CeilingRecord&)>& wanted) {
  const CeilingRecord* best = nullptr;
  for (const CeilingRecord& record : records)
    if (wanted(record) && (best == nullptr || record.value > best->value)) best = &record;
  return best;
}

// Bytes that cross the link to the device, and back.
std::pair<double, double> offloaded_bytes(const Problem& problem) {
  const OperandShapes shapes = operand_shapes(problem);
  const std::int64_t out = element_bytes(shapes.out);
  std::int64_t sent = shapes.reads_out ? out : 0;
  for (const Shape& shape : shapes.in) sent += element_bytes(shape);
  return {sent, out};
}

}  // namespace

CeilingRecord blank_ceiling(const Ceiling& ceiling, const std::string& device, int threads) {
  CeilingRecord record;
  record.device = device;
  record.kind = name(ceiling.kind);
  record.name = ceiling.name;
  record.backend = ceiling.backend;
  if (ceiling.precision) record.precision = name(*ceiling.precision);
  record.cache_level = ceiling.cache_level;
  record.threads = threads;
  record.unit = ceiling.kind == Ceiling::Kind::compute ? "flop/s" : "B/s";
  return record;
}

std::optional<CeilingRecord> measure_ceiling(const Ceiling& ceiling, Device& device, int threads) {
  CeilingRecord record = blank_ceiling(ceiling, device.info().id, threads);
  device.settle(threads);
  const auto shapes = ceiling.shapes(device, threads);
  const std::vector<Candidate> best = best_at_a_glance(shapes, device);
  if (best.empty()) return std::nullopt;
  const bool has_power_limit = device.sensors().has_value();
  const int windows = has_power_limit ? 1 : windows_a_look;
  std::vector<double> rates;
  record.settled = false;
  const Stopwatch spent;
  for (int look = 0; look < least_looks || (spent.seconds() < longest_s && !*record.settled); ++look) {
    if (has_power_limit) std::this_thread::sleep_for(rest);
    const Candidate& candidate = best[static_cast<std::size_t>(look) % best.size()];
    for (int i = 0; i < windows; ++i) {
      rates.push_back(rate_over(*candidate.run, device, look_s / windows, candidate.rate));
      if (rates.back() <= record.value) continue;
      record.value = rates.back();
      record.shape = candidate.run->shape();
      if (const auto read = device.sensors()) record.clock_mhz = read->clock_mhz;
    }
    record.settled = came_again(rates) && !contended(device, threads);
  }
  if (const auto datasheet = datasheet_of(device.info().model))
    record.datasheet = stated(*datasheet, ceiling);
  record.measured_utc = utc_now();
  return record;
}

bool same_limit(const CeilingRecord& a, const CeilingRecord& b) {
  return a.device == b.device && a.name == b.name && a.backend == b.backend && a.precision == b.precision &&
         a.cache_level == b.cache_level && a.threads == b.threads;
}

void Ceilings::add(CeilingRecord record) {
  for (CeilingRecord& old : records_)
    if (same_limit(old, record)) {
      const bool better = record.cached() == old.cached() ? record.value > old.value : old.cached();
      if (better) old = std::move(record);
      return;
    }
  records_.push_back(std::move(record));
}

const CeilingRecord* Ceilings::compute(const std::string& device, const std::string& precision, int threads,
                                       const std::string& backend) const {
  const auto known = precision_named(precision);
  const std::string wanted(known ? name(arithmetic(*known)) : std::string_view(precision));
  return highest(records_, [&](const CeilingRecord& r) {
    return r.kind == "compute" && r.device == device && r.precision == wanted && r.threads == threads &&
           (backend.empty() || r.backend == backend);
  });
}

const CeilingRecord* Ceilings::bandwidth(const std::string& device, int threads, int cache_level) const {
  return highest(records_, [&](const CeilingRecord& r) {
    return r.kind == "bandwidth" && r.device == device && r.threads == threads &&
           r.cache_level == cache_level;
  });
}

const CeilingRecord* Ceilings::link(const std::string& device, const std::string& name) const {
  return highest(records_, [&](const CeilingRecord& r) {
    return r.kind == "link" && r.device == device && r.name == name;
  });
}

int level_of_operands(const DeviceInfo& device, Mode mode, double bytes, int threads) {
  if (mode == Mode::cold || device.caches.empty()) return 0;
  const auto room = [&](const Cache& cache) {
    return static_cast<double>(cache.bytes) * std::min(cache.instances, threads);
  };
  for (const Cache& cache : device.caches)
    if (bytes <= room(cache)) return cache.level;
  const Cache& last = device.caches.back();
  return bytes <= 2 * room(last) ? last.level : 0;
}

Share share_of_ceiling(const Ceilings& ceilings, const ResultRecord& record, int cache_level) {
  Share share;
  if (!record.median_s || *record.median_s <= 0) return share;
  if (!record.flops_executed) {
    share.why = "no share of a limit: other operations stand for those of " + record.precision;
    return share;
  }
  const CeilingRecord* peak = ceilings.compute(record.device, record.precision, record.threads);
  // A level that was not measured is no faster than the next nearer one.
  const CeilingRecord* stream = nullptr;
  for (int level = cache_level; stream == nullptr && level >= (cache_level > 0 ? 1 : 0); --level)
    stream = ceilings.bandwidth(record.device, record.threads, level);
  if (peak == nullptr) {
    share.why = "no compute ceiling was measured for " + record.precision;
    return share;
  }
  double binding_s = 0;
  const auto bind = [&](const CeilingRecord* limit, double work, const char* bound) {
    const double seconds = limit != nullptr ? work / limit->value : 0;
    if (share.binding != nullptr && seconds <= binding_s) return;
    share.binding = limit, share.bound = bound, binding_s = seconds;
  };
  bind(peak, *record.flops_executed, "compute");
  bind(stream, record.bytes, "bandwidth");
  if (record.mode == name(Mode::offload)) {
    const auto [sent, fetched] = offloaded_bytes(parse_problem(record.problem));
    bind(ceilings.link(record.device, "host_to_device"), sent, "link");
    bind(ceilings.link(record.device, "device_to_host"), fetched, "link");
  }
  share.of_device = binding_s / *record.median_s;
  if (const CeilingRecord* own =
          ceilings.compute(record.device, record.precision, record.threads, record.backend))
    share.of_backend = *record.flops_executed / own->value / *record.median_s;
  return share;
}

}  // namespace gemmark
