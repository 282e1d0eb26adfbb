// What the harness says of a kernel's precision beyond right and wrong.
#include <cstdint>
#include <limits>

#include "tests/catch.hpp"
#include "tests/harness/fakes.hpp"

using namespace gemmark;
using gemmark::testing::Bench;

TEST_CASE("the bits that sums keep show in the output") {
  Bench bench;
  const std::string layout = GENERATE("", " tb=1", " ta=1", " ta=1 tb=1 lda=50 ldb=90 ldc=7");
  const std::string problem = "gemm m=41 n=3 k=70 in=fp32" + layout;
  CAPTURE(problem);
  CHECK(bench.measure_one(problem, "sums_of_24_bits").accumulator_bits == 24);
  CHECK(bench.measure_one(problem, "sums_of_24_bits").status == "ok");
  CHECK(bench.measure_one(problem, "right").accumulator_bits == 41);  // double sums: all that is tried
}

TEST_CASE("fp8 with narrow sums is right, and its record says how narrow") {
  Bench bench;
  const std::string problem = GENERATE("gemm m=41 n=3 k=70 in=fp8", "gemm m=41 n=3 k=70 in=fp8 tb=1");
  const ResultRecord narrow = bench.measure_one(problem, "sums_of_14_bits");
  CHECK(narrow.status == "ok");
  CHECK(narrow.accumulator_bits == 14);
  CHECK(bench.measure_one(problem, "sums_of_24_bits").accumulator_bits == 24);
  CHECK(bench.measure_one(problem, "right").accumulator_bits == 25);  // all that e4m3 can show
}

TEST_CASE("where the bits cannot be shown nothing is said") {
  Bench bench;
  const std::string problem =
      GENERATE("gemm m=24 n=20 k=70 in=fp32", "gemm m=41 n=3 k=65 in=fp32", "gemm m=41 n=3 k=70 in=int8",
               "gemm m=41 n=3 k=70 in=fp32 alpha=2", "gemm m=41 n=3 k=70 in=fp32 const=b");
  CAPTURE(problem);
  const ResultRecord record = bench.measure_one(problem, "right");
  CHECK(record.status == "ok");
  CHECK_FALSE(record.accumulator_bits);
}

TEST_CASE("the error against unrounded operands tells precisions apart") {
  Bench bench;
  const auto error = [&](const std::string& precision, const std::string& more = "") {
    const ResultRecord record = bench.measure_one("gemm m=30 n=20 k=200 in=" + precision + more, "right");
    REQUIRE(record.relative_error);
    return *record.relative_error;
  };
  CHECK(error("fp64") < 1e-15);
  CHECK(error("fp32") < 1e-7);
  CHECK(error("fp32") > 1e-9);
  CHECK(error("bf16") == Approx(2.5e-3).epsilon(0.6));
  CHECK(error("int8") == Approx(4e-3).epsilon(0.6));
  CHECK(error("fp32", " ta=1 tb=1 lda=40 ldb=210 ldc=33 batch=3 alpha=2") < 1e-7);
  CHECK_FALSE(bench.measure_one("gemm m=30 n=20 k=200 in=fp32 beta=1", "right").relative_error);
  bench.lab.options.data = Distribution::ints;
  CHECK_FALSE(bench.measure_one("gemm m=30 n=20 k=200 in=fp32", "right").relative_error);
}

TEST_CASE("outputs may be subnormal") {
  CHECK(subnormal_roundoff(Dtype::f16) == 0x1p-25);
  CHECK(subnormal_roundoff(Dtype::f32) == 0x1p-150);
  CHECK(subnormal_roundoff(Dtype::s32) == 0);
  Bench bench;
  CHECK(bench.measure_one("gemm m=24 n=20 k=16 in=fp16 alpha=1e-6", "right").status == "ok");
  CHECK(bench.measure_one("gemm m=24 n=20 k=16 in=fp16 alpha=0.01", "wrong").status == "wrong");
}

TEST_CASE("outputs may overflow") {
  CHECK(largest(Dtype::f16) == 65504);
  CHECK(largest(Dtype::f64) == std::numeric_limits<double>::max());
  CHECK(largest(Dtype::e5m2) == 57344);
  CHECK(largest(Dtype::s32) == std::numeric_limits<std::int32_t>::max());
  Bench bench;
  for (const char* problem :
       {"gemm m=24 n=20 k=16 in=fp16 alpha=60000.1", "gemm m=24 n=20 k=16 in=int8 alpha=100000.1"}) {
    const ResultRecord record = bench.measure_one(problem, "right");
    INFO(problem << ": " << record.why);
    CHECK(record.status == "ok");
    CHECK(*record.error <= *record.error_bound);
    CHECK(bench.measure_one(problem, "wrong").status == "wrong");
  }
}

TEST_CASE("an offloaded call is judged like any other") {
  Bench bench;
  bench.mode = Mode::offload;
  const std::string problem = GENERATE("gemm m=24 n=20 k=16 in=fp32", "gemm m=24 n=20 k=16 in=fp32 beta=1");
  const ResultRecord right = bench.measure_one(problem, "right");
  CHECK(right.status == "ok");
  CHECK(right.mode == "offload");
  CHECK(right.samples_s.size() >= 3);
  CHECK(bench.measure_one(problem, "wrong").status == "wrong");
  CHECK(bench.measure_one(problem, "right_until_timed").status == "wrong");
}
