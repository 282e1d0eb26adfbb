#include <fmt/format.h>

#include "reports/findings.hpp"
#include "reports/jsonl_sink.hpp"
#include "reports/offload.hpp"
#include "reports/precision_ladder.hpp"
#include "reports/record_file.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"
#include "tests/unit/scratch.hpp"

using namespace gemmark;
using namespace gemmark::test;

namespace {

ResultRecord timed(const std::string& problem, const std::string& device, const std::string& mode,
                   double seconds, const std::string& kernel = "some") {
  ResultRecord r = row(kernel, "fp32", seconds);
  r.problem = "gemm " + problem + " in=fp32";
  r.comparison = "gemm " + problem;
  r.device = device;
  r.mode = mode;
  return r;
}

/// Squares of 64, 128 and 256: the host takes 1 s each, the device what is given.
std::vector<ResultRecord> sweep(const std::vector<double>& device_s, const std::string& mode = "latency") {
  std::vector<ResultRecord> rows;
  int size = 32;
  for (const double seconds : device_s) {
    size *= 2;
    const std::string problem = fmt::format("m={0} n={0} k={0}", size);
    rows.push_back(timed(problem, "host", "latency", 1, "fast"));
    rows.push_back(timed(problem, "host", "latency", 3, "slow"));
    rows.push_back(timed(problem, "cuda:0", mode, seconds));
  }
  return rows;
}

Crossover only(const std::vector<ResultRecord>& rows) {
  const auto all = offload_crossovers(rows);
  REQUIRE(all.size() == 1);
  return all[0];
}

}  // namespace

TEST_CASE("the device wins from a size on, always, or never") {
  const Crossover some = only(sweep({2, 0.5, 0.1}));
  CHECK(some.verdict() == "from");
  CHECK(some.from() == 128);
  CHECK(some.points[0].host_kernel == "gemm/fast");
  CHECK(some.varies == "m=n=k");
  CHECK(some.family == "gemm in=fp32");
  CHECK_FALSE(some.transfers);
  CHECK(only(sweep({0.5, 0.5, 0.1})).verdict() == "always");
  const Crossover never = only(sweep({0.5, 0.5, 1.5}));  // winning for a while is no crossover
  CHECK(never.verdict() == "never");
  CHECK_FALSE(never.from());
  CHECK(only(sweep({0.5, 2, 0.1})).from() == 256);
  CHECK(only(sweep({2, 1})).verdict() == "never");  // a draw is no win
}

TEST_CASE("transfers are another sweep, and cold rows none") {
  auto rows = sweep({0.5, 0.1});
  for (const ResultRecord& r : sweep({2, 0.9}, "offload")) rows.push_back(r);
  const auto all = offload_crossovers(rows);
  REQUIRE(all.size() == 2);
  CHECK(all[0].verdict() == "always");
  CHECK(all[1].transfers);
  CHECK(all[1].from() == 128);
  CHECK(offload_crossovers(sweep({0.5, 0.1}, "cold")).empty());
  CHECK(offload_crossovers(sweep({0.5}, "latency")).empty());  // one size is no sweep
  auto wrong = sweep({0.5, 0.1});
  for (ResultRecord& r : wrong)
    if (r.device != "host") r.status = "wrong";
  CHECK(offload_crossovers(wrong).empty());
}

TEST_CASE("a square is a point of both sweeps") {
  std::vector<ResultRecord> rows;
  for (const char* problem :
       {"m=1 n=64 k=64", "m=64 n=64 k=64", "m=256 n=64 k=64", "m=32 n=32 k=32", "m=512 n=512 k=512"}) {
    rows.push_back(timed(problem, "host", "latency", 1));
    rows.push_back(timed(problem, "cuda:0", "latency", 0.5));
  }
  const auto all = offload_crossovers(rows);
  REQUIRE(all.size() == 2);
  CHECK(all[0].varies == "m");
  CHECK(all[0].points.size() == 3);
  CHECK(all[1].varies == "m=n=k");
  CHECK(all[1].points.size() == 3);
}

TEST_CASE("growing batches of a layer are a sweep of m, for each layer") {
  std::vector<ResultRecord> rows;
  for (const int m : {1, 16})
    for (const char* layer : {"n=4096 k=4096 tb=1", "n=512 k=4096 tb=1"}) {
      rows.push_back(timed(fmt::format("m={} {}", m, layer), "host", "latency", 1));
      rows.push_back(timed(fmt::format("m={} {}", m, layer), "cuda:0", "latency", m == 1 ? 1.5 : 0.015 / m));
    }
  const auto all = offload_crossovers(rows);
  REQUIRE(all.size() == 2);
  CHECK(all[0].varies == "m");
  CHECK(all[0].family == "gemm n=4096 k=4096 in=fp32 tb=1");
  CHECK(all[0].from() == 16);
  CHECK(crossover_text(all[0]) ==
        "gemm n=4096 k=4096 in=fp32 tb=1, operands in place: cuda:0 wins from m = 16 (0.67× at 1, 1067× at "
        "16)");
}

TEST_CASE("a precision ladder sets the fastest of each precision against its error") {
  std::vector<ResultRecord> rows;
  const auto add = [&](const std::string& precision, double seconds, double error, int bits) {
    rows.push_back(row("k" + precision, precision, seconds));
    rows.back().relative_error = error;
    rows.back().accumulator_bits = bits;
  };
  add("fp32", 8e-3, 1e-7, 24);
  add("fp64", 9e-3, 1e-16, 53);
  add("fp8", 1e-3, 3e-2, 14);
  CHECK(precision_ladders(rows).empty());  // three are not enough
  add("bf16", 2e-3, 2e-3, 24);
  add("fp16acc16", 4e-3, 4e-3, 11);
  rows.push_back(row("slow", "fp8", 1));
  rows.back().relative_error = 1e-9;
  const auto ladders = precision_ladders(rows);
  REQUIRE(ladders.size() == 1);
  std::string order;
  for (const auto& step : ladders[0].steps) order += step.precision + (step.dominated ? "! " : " ");
  CHECK(order == "fp64 fp32 bf16 fp16acc16! fp8 ");
  CHECK(ladders[0].steps[4].kernel == "gemm/kfp8");
  CHECK(ladders[0].steps[4].accumulator_bits == 14);
  const std::string text = ladder_text(ladders[0]);
  CHECK(text.find("speed against error: gemm m=64 n=64 k=64  cold, host\n") == 0);
  CHECK(text.find("  fp8        3.0e-02    0.524    14 bits  gemm/kfp8\n") != std::string::npos);
  CHECK(text.find("(another is faster and no less exact)") != std::string::npos);
}

TEST_CASE("findings stand in the file before the summary, and are read back") {
  const Scratch scratch;
  {
    JsonlSink sink(scratch.path("run.jsonl"), false);
    sink.on_context(context());
    for (const ResultRecord& r : sweep({2, 0.5, 0.1})) sink.on_result(r);
    sink.on_end(summary());
  }
  const RecordFile file = read_record_file(scratch.path("run.jsonl"));
  REQUIRE(file.runs.size() == 1);
  REQUIRE(file.runs[0].findings.size() == 1);
  CHECK(file.runs[0].findings[0].at("kind") == "offload-crossover");
  CHECK(file.runs[0].findings[0].at("from") == 128);
  CHECK(file.runs[0].summary.contains("rows_by_status"));
  CHECK(file.runs[0].complete);
}
