// Google Benchmark's JSON as its own tools (compare.py) read it. Times are in ns throughout, since rows in
// different units are not compared; cpu_time repeats real_time, since a sample has no CPU time of its own.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/stats.hpp"
#include "reports/export.hpp"
#include "reports/google_name.hpp"
#include "reports/result.hpp"

namespace gemmark {
namespace {

using nlohmann::ordered_json;

constexpr double ns = 1e9;

struct Aggregate {
  std::string_view name;
  std::string_view unit;
  double (*of)(const std::vector<double>& sorted);
};

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double middle(const std::vector<double>& values) { return median(values); }
double deviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}
double variation(const std::vector<double>& values) { return deviation(values) / mean(values); }

constexpr Aggregate aggregates[] = {{"mean", "time", mean},
                                    {"median", "time", middle},
                                    {"stddev", "time", deviation},
                                    {"cv", "percentage", variation}};

// What a repetition and an aggregate of one benchmark have in common.
ordered_json row(const ResultRecord& r, int family, const std::string& suffix) {
  const std::string name = google_name(r);
  return {{"name", name + suffix},
          {"family_index", family},
          {"per_family_instance_index", 0},
          {"run_name", name},
          {"run_type", suffix.empty() ? "iteration" : "aggregate"},
          {"repetitions", r.samples_s.size()},
          {"threads", 1}};
}

void set_time(ordered_json& row, double value) {
  row["real_time"] = value;
  row["cpu_time"] = value;
  row["time_unit"] = "ns";
}

void add(ordered_json& rows, const ResultRecord& r, int family) {
  std::vector<double> samples = corrected_samples(r);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ordered_json one = row(r, family, "");
    one["repetition_index"] = i;
    one["iterations"] = 1;
    set_time(one, samples[i] * ns);
    one["bytes_per_second"] = r.bytes / samples[i];
    one["FLOPS"] = r.flops / samples[i];
    rows.push_back(std::move(one));
  }
  std::sort(samples.begin(), samples.end());
  for (const Aggregate& aggregate : aggregates) {
    ordered_json one = row(r, family, fmt::format("_{}", aggregate.name));
    one["aggregate_name"] = aggregate.name;
    one["aggregate_unit"] = aggregate.unit;
    one["iterations"] = r.samples_s.size();
    set_time(one, aggregate.of(samples) * (aggregate.unit == "time" ? ns : 1));
    rows.push_back(std::move(one));
  }
}

ordered_json context(const nlohmann::json& ours) {
  const auto object = [&](const char* key) { return ours.value(key, nlohmann::json::object()); };
  ordered_json theirs;
  theirs["date"] = object("conditions").value("time_utc", "");
  theirs["executable"] = "gemmark";
  // Theirs is "release" where assertions are compiled out: Release, RelWithDebInfo, MinSizeRel.
  const std::string type = object("build").value("type", "");
  theirs["library_build_type"] = type.find("Rel") != std::string::npos ? "release" : "debug";
  // What cannot be translated field by field is there as a whole.
  for (const char* key : {"machine", "build", "libraries", "conditions"}) theirs[key] = object(key);
  theirs["fingerprint"] = ours.value("fingerprint", nlohmann::json());
  return theirs;
}

}  // namespace

std::string export_google(const RecordFile& file) {
  if (file.runs.size() > 1)
    throw std::runtime_error(
        fmt::format("{}: holds {} runs, but Google Benchmark's format has room for the context of one; "
                    "export each by itself",
                    file.path, file.runs.size()));
  const RecordedRun& run = file.runs.front();
  ordered_json rows = ordered_json::array();
  int family = 0;
  for (const ResultRecord& result : run.results)
    if (result.status == name(Status::ok) && !result.samples_s.empty()) add(rows, result, family++);
  return ordered_json{{"context", context(run.context)}, {"benchmarks", rows}}.dump(
             2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace gemmark
