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
  options.threads = {1, 0};
  options.modes = {Mode::hot, Mode::latency};
  options.data = Distribution::normal;
  options.ceilings = CeilingPolicy::off;
  const auto back = json(options).get<RunOptions>();
  CHECK(json(back) == json(options));
  CHECK(back.modes == options.modes);
}
