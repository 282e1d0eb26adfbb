#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "harness/options.hpp"
#include "harness/record.hpp"
#include "tests/catch.hpp"

using namespace gemmark;
using nlohmann::json;

TEST_CASE("a result survives the file") {
  ResultRecord record;
  record.problem = "gemm m=1 n=2 k=3 in=fp32";
  record.kernel = "gemm/cpu_naive";
  record.samples_s = {1e-9, 0.1 + 0.2, 3};
  record.median_s = 0.1 + 0.2;
  record.ci95_s = std::pair{1e-9, 3.0};
  record.seed = std::numeric_limits<std::uint64_t>::max();
  const auto back = json::parse(to_line(json(record))).get<ResultRecord>();
  CHECK(json(back) == json(record));
  CHECK(back.samples_s == record.samples_s);
  CHECK_FALSE(back.tflops);
}

TEST_CASE("what a file of an earlier version does not say stays unknown") {
  json result = ResultRecord{}, ceiling = CeilingRecord{};
  CHECK(result.at("contended_samples") == 0);
  CHECK(ceiling.at("settled") == true);
  result.erase("contended_samples"), ceiling.erase("settled");
  CHECK(json(result.get<ResultRecord>()).at("contended_samples").is_null());
  CHECK(json(ceiling.get<CeilingRecord>()).at("settled").is_null());
  CHECK_FALSE(ceiling.get<CeilingRecord>().may_judge());
}

TEST_CASE("a line is strict JSON whatever the text holds") {
  ResultRecord record;
  record.why = std::string("bad \xff utf-8, \"quotes\", \n newline, \x01 control");
  record.median_s = std::numeric_limits<double>::quiet_NaN();
  const std::string line = to_line(json(record));
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find("nan") == std::string::npos);
  CHECK(json::parse(line).at("median_s").is_null());
}

TEST_CASE("options survive the way to a worker") {
  RunOptions options;
  options.problems = {"gemm m=1 n=2 k=3 in=fp32"};
  options.kernels = {"avx*"};
  options.filter = "fp32";
  options.devices = {"host"};
  options.threads = {1, 0};
  options.modes = {Mode::hot, Mode::latency};
  options.data = Distribution::normal;
  options.seed = 7;
  options.time_limit_s = 0.1;
  options.patience_s = 0.2;
  options.target = 0.3;
  options.call_limit_s = 0.4;
  options.hang_limit_s = 0.5;
  options.require = {"openblas"};
  options.ceilings = CeilingPolicy::off;
  const json sent = options, defaults = RunOptions{};
  for (const auto& [key, value] : sent.items()) {
    INFO(key << " is as it is by default, and would not be missed");
    CHECK(value != defaults.at(key));
  }
  CHECK(json(sent.get<RunOptions>()) == sent);
}
