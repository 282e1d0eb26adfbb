// Records made up for tests of what reads and shows them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/record.hpp"
#include "harness/session.hpp"

namespace gemmark::test {

inline nlohmann::json context(const std::string& fingerprint = "f00d") {
  return {{"record", "context"},
          {"schema", "gemmark/1"},
          {"fingerprint", fingerprint},
          {"machine", {{"devices", {{{"id", "host"}, {"model", "Some CPU"}, {"max_threads", 2}}}}}},
          {"build", {{"version", "1.2.3"}}},
          {"libraries", nlohmann::json::object()},
          {"conditions", nlohmann::json::object()},
          {"options", nlohmann::json::object()}};
}

/// A row of `gemm m=64 n=64 k=64` that took `seconds`, measured and verified.
inline ResultRecord row(const std::string& kernel, const std::string& precision, double seconds,
                        const std::string& role = "own") {
  ResultRecord r;
  r.comparison = "gemm m=64 n=64 k=64";
  r.problem = r.comparison + " in=" + precision;
  r.op = "gemm";
  r.precision = precision;
  r.kernel = "gemm/" + kernel;
  r.backend = kernel.substr(0, kernel.find_first_of("_["));
  r.role = role;
  r.device = "host";
  r.mode = "cold";
  r.data = "uniform";
  r.seed = 1;
  r.status = "ok";
  r.samples_s = {seconds, 0.99 * seconds, 1.01 * seconds};
  r.median_s = seconds;
  r.min_s = 0.99 * seconds;
  r.mad_s = 0.01 * seconds;
  r.ci95_s = std::pair{0.996 * seconds, 1.004 * seconds};
  r.stop = "converged";
  r.flops_executed = r.flops = r.flops_padded = 2.0 * 64 * 64 * 64;
  r.bytes = 3.0 * 64 * 64 * 4;
  r.tflops = r.flops / seconds / 1e12;
  r.gbps = r.bytes / seconds / 1e9;
  r.latency_us = seconds * 1e6;
  r.ceiling_fraction = 0.5;
  r.bound = "compute";
  r.error = 1e-6;
  r.error_bound = 1e-5;
  r.verification = "exact+statistical";
  return r;
}

/// The same row, but not measured.
inline ResultRecord unranked(const std::string& kernel, const std::string& precision,
                             const std::string& status, const std::string& why) {
  ResultRecord r = row(kernel, precision, 1e-3);
  r.status = status;
  r.why = why;
  if (status == "mistrusted") return r;
  r.samples_s.clear();
  r.stop.clear();
  r.median_s = r.min_s = r.mad_s = r.tflops = r.gbps = r.latency_us = r.ceiling_fraction = std::nullopt;
  r.error = r.error_bound = std::nullopt;
  r.ci95_s.reset();
  return r;
}

inline CeilingRecord ceiling(const std::string& precision, int threads, double value) {
  return {.device = "host",
          .kind = precision.empty() ? "bandwidth" : "compute",
          .name = precision.empty() ? "read" : "avx512_fma",
          .backend = precision.empty() ? "cpu" : "avx512",
          .precision = precision.empty() ? std::nullopt : std::optional(precision),
          .cache_level = 0,
          .threads = threads,
          .value = value,
          .unit = precision.empty() ? "B/s" : "flop/s",
          .shape = {}};
}

inline RunSummary summary() {
  return {.rows_by_status = {{"ok", 2}, {"wrong", 1}},
          .wall_s = 62,
          .sampling_s = 41,
          .verification_s = 9,
          .setup_s = 6,
          .ceiling_s = 5};
}

}  // namespace gemmark::test
