#include "harness/ceilings.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "harness/contention.hpp"
#include "harness/context.hpp"
#include "harness/datasheet.hpp"

namespace gemmark {
namespace {

// A glance at every shape, then several longer looks at the best ones in turn: noise only ever slows down, so
// that the fastest look is the limit.
constexpr double glance_s = 0.004;
constexpr double look_s = 0.01;
constexpr int looks = 6;
constexpr double patience_per_ceiling_s = 0.3;
constexpr std::size_t candidates = 2;
// A device that lowers its clocks at a limit of power averages over some ten milliseconds: rested, it shows
// what its units can do, which is the limit.
constexpr std::chrono::milliseconds rest{40};

double rate_over(CeilingRun& run, Device& device, double seconds_wanted) {
  const auto seconds = [&](int calls) {
    return device.time(Mode::hot, calls, [&](int) { run.run(device.queue()); });
  };
  const double once = std::max(seconds(1), 1e-9);
  const int calls = static_cast<int>(std::clamp(seconds_wanted / once, 1.0, 1e6));
  return calls * run.work() / seconds(calls);
}

const CeilingRecord* highest(const std::vector<CeilingRecord>& records,
                             const std::function<bool(const CeilingRecord&)>& wanted) {
  const CeilingRecord* best = nullptr;
  for (const CeilingRecord& record : records)
    if (wanted(record) && (best == nullptr || record.value > best->value)) best = &record;
  return best;
}

}  // namespace

std::optional<CeilingRecord> measure_ceiling(const Ceiling& ceiling, Device& device, int threads) {
  CeilingRecord record;
  record.device = device.info().id;
  record.kind = name(ceiling.kind);
  record.name = ceiling.name;
  record.backend = ceiling.backend;
  if (ceiling.precision) record.precision = name(*ceiling.precision);
  record.cache_level = ceiling.cache_level;
  record.threads = threads;
  record.unit = ceiling.kind == Ceiling::Kind::compute ? "flop/s" : "B/s";
  device.settle(threads);
  const auto shapes = ceiling.shapes(device, threads);
  std::vector<std::pair<double, CeilingRun*>> glances;
  for (const auto& shape : shapes) glances.emplace_back(rate_over(*shape, device, glance_s), shape.get());
  if (glances.empty()) return std::nullopt;
  std::sort(glances.begin(), glances.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  glances.resize(std::min(glances.size(), candidates));
  const bool has_power_limit = device.sensors().has_value();
  double patience_s = patience_per_ceiling_s;
  for (int i = 0; i < looks; ++i) {
    wait_alone(device, threads, patience_s);
    if (has_power_limit) std::this_thread::sleep_for(rest);
    auto& [glanced, shape] = glances[static_cast<std::size_t>(i) % glances.size()];
    const double rate = std::max(rate_over(*shape, device, look_s), std::exchange(glanced, 0));
    if (rate <= record.value) continue;
    record.value = rate;
    record.shape = shape->shape();
    if (const auto read = device.sensors()) record.clock_mhz = read->clock_mhz;
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
      const bool better =
          record.may_judge() == old.may_judge() ? record.value > old.value : record.may_judge();
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

int level_that_holds(const DeviceInfo& device, double bytes, int threads) {
  for (const Cache& cache : device.caches)
    if (bytes <= static_cast<double>(cache.bytes) * std::min(cache.instances, threads)) return cache.level;
  return 0;
}

Share share_of_ceiling(const Ceilings& ceilings, const ResultRecord& record, int cache_level) {
  Share share;
  if (!record.median_s || *record.median_s <= 0) return share;
  const CeilingRecord* peak = ceilings.compute(record.device, record.precision, record.threads);
  // A level that was not measured is no faster than the next nearer one.
  const CeilingRecord* stream = nullptr;
  for (int level = cache_level; stream == nullptr && level >= (cache_level > 0 ? 1 : 0); --level)
    stream = ceilings.bandwidth(record.device, record.threads, level);
  const double compute_s = peak != nullptr ? record.flops_executed / peak->value : 0;
  const double memory_s = stream != nullptr ? record.bytes / stream->value : 0;
  if (peak == nullptr) share.why = "no compute ceiling was measured for " + record.precision;
  if (peak == nullptr && stream == nullptr) return share;
  share.binding = compute_s >= memory_s ? peak : stream;
  share.bound = compute_s >= memory_s ? "compute" : "bandwidth";
  share.of_device = std::max(compute_s, memory_s) / *record.median_s;
  if (const CeilingRecord* own =
          ceilings.compute(record.device, record.precision, record.threads, record.backend))
    share.of_backend = record.flops_executed / own->value / *record.median_s;
  return share;
}

}  // namespace gemmark
