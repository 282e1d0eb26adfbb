#include "tests/catch.hpp"
#include "tests/harness/fakes.hpp"

using namespace gemmark;
using gemmark::testing::Bench;

namespace {
const std::string problem = "gemm m=24 n=20 k=16 in=fp32";
}

TEST_CASE("a right kernel is measured and says how") {
  Bench bench;
  bench.lab.options.time_limit_s = 0.2;
  bench.lab.ceilings.add({"host", "compute", "fma", "fake", "fp32", 0, 1, 1e15, "flop/s", ""});
  bench.lab.ceilings.add({"host", "bandwidth", "read", "fake", {}, 0, 1, 1e15, "B/s", ""});
  const ResultRecord record = bench.measure_one(problem, "right");
  CHECK(record.status == "ok");
  CHECK(record.why.empty());
  CHECK(record.verification == "exact+statistical");
  CHECK(record.samples_s.size() >= 10);
  REQUIRE(record.median_s);
  CHECK(*record.median_s > 0);
  CHECK(*record.tflops == Approx(record.flops / *record.median_s / 1e12));
  CHECK(*record.error <= *record.error_bound);
  CHECK(record.ceiling_fraction);
  CHECK(record.repro ==
        "gemmark run --problem \"gemm m=24 n=20 k=16 in=fp32\" --kernels \"gemm/fake[right]\" --device host "
        "--mode cold --threads 1 --data uniform --seed 1");
}

TEST_CASE("what is wrong is never measured, and told apart") {
  const auto [kernel, status, why] = GENERATE(table<std::string, std::string, std::string>({
      {"wrong", "wrong", "exact pass: 480 of 480 compared elements differ"},
      {"nan", "wrong", "compared elements differ"},
      {"zeroes", "wrong", "compared elements differ"},
      {"lazy", "wrong", "is nan and should be"},
      {"past_the_end", "failed", "the output: 3 bytes past its end were written"},
      {"before_the_start", "failed", "the output: 8 bytes before its start were written"},
      {"changes_its_input", "failed", "it changed its inputs"},
      {"past_its_workspace", "failed", "workspace: 1 bytes past its end were written"},
      {"throws", "failed", "out of luck"},
  }));
  CAPTURE(kernel);
  const ResultRecord record = Bench().measure_one(problem, kernel);
  CHECK(record.status == status);
  CHECK_THAT(record.why, ContainsSubstring(why));
  CHECK(record.samples_s.empty());
  CHECK_FALSE(record.median_s);
}

TEST_CASE("a wrong neighbour does not spoil a right kernel") {
  const auto records = Bench().measure(problem, {"right", "changes_its_input", "past_the_end",
                                                 "before_the_start", "nan", "throws", "right_too"});
  REQUIRE(records.size() == 7);
  for (const ResultRecord& record : records)
    CHECK((record.status == "ok") == (record.kernel.find("right") != std::string::npos));
}

TEST_CASE("what turns wrong while it is timed is found out, whoever was sampled after it") {
  Bench bench;
  bench.mode = GENERATE(Mode::cold, Mode::hot, Mode::latency);
  bench.lab.options.time_limit_s = 0.01;
  for (int seed = 0; seed < 5; ++seed) {
    bench.lab.shuffle.seed(static_cast<std::uint64_t>(seed));
    for (const ResultRecord& record : bench.measure(problem, {"right", "right_until_timed", "right_too"})) {
      INFO(record.kernel << " in mode " << record.mode << ": " << record.why);
      CHECK(record.status == (record.kernel == "gemm/fake[right_until_timed]" ? "wrong" : "ok"));
    }
  }
}

TEST_CASE("damage that nobody repeats puts all of a problem in doubt") {
  Bench bench;
  bench.mode = Mode::latency;
  for (const ResultRecord& record : bench.measure(problem, {"right", "astray_once"})) {
    INFO(record.kernel);
    CHECK(record.status == "mistrusted");
    CHECK_THAT(record.why,
               ContainsSubstring("one of its kernels went astray: the output: 3 bytes past its end"));
  }
}

TEST_CASE("a product may be rounded before the old output is added") {
  const std::string text = "gemm m=64 n=64 k=64 in=bf16 alpha=1 beta=";
  CHECK(Bench().measure_one(text + "1", "rounds_twice").status == "ok");
  CHECK(Bench().measure_one(text + "1", "wrong").status == "wrong");
}

TEST_CASE("the reference of a wide and shallow product is certified") {
  const ResultRecord record = Bench().measure_one("gemm m=4 n=65536 k=2 in=fp32", "right");
  INFO(record.why);
  CHECK(record.status == "ok");
}

TEST_CASE("gaps between rows are guarded") {
  const ResultRecord record = Bench().measure_one("gemm m=24 n=20 k=16 in=fp32 ldc=32", "between_rows");
  CHECK(record.status == "failed");
  CHECK(record.why == "the output: 1 bytes between its rows were written");
}

TEST_CASE("a call over the limit is skipped with the prediction") {
  Bench bench;
  bench.lab.options.call_limit_s = 0.1;
  // Large enough that a pilot is run.
  const ResultRecord record = bench.measure_one("gemm m=384 n=384 k=384 in=fp32", "slow");
  CHECK(record.status == "skipped");
  CHECK_THAT(record.why, ContainsSubstring("one call would take about"));
}

TEST_CASE("one call that is disturbed costs no row") {
  Bench bench;
  bench.lab.options.call_limit_s = 0.1;
  CHECK(bench.measure_one(problem, "starts_late").status == "ok");
  bench.lab.options.call_limit_s = 1e-9;
  CHECK_THAT(bench.measure_one(problem, "right").why, ContainsSubstring("one call took"));
}

TEST_CASE("zeros are mistrusted") {
  Bench bench;
  bench.lab.options.data = Distribution::zeros;
  const ResultRecord record = bench.measure_one(problem, "right");
  CHECK(record.status == "mistrusted");
  CHECK_THAT(record.why, ContainsSubstring("every output lies between 0 and 0"));
  CHECK(record.median_s);
}

TEST_CASE("a figure above the physical limit is mistrusted") {
  Bench bench;
  bench.lab.ceilings.add({"host", "compute", "fma", "fake", "fp32", 0, 1, 1, "flop/s", ""});
  const ResultRecord record = bench.measure_one(problem, "right");
  CHECK(record.status == "mistrusted");
  CHECK_THAT(record.why, ContainsSubstring("% of the measured ceiling fma"));
}

TEST_CASE("emulation is judged by no limit of what it emulates") {
  Bench bench;
  bench.lab.ceilings.add({"host", "compute", "slow", "fake", "fp32", 0, 1, 1, "flop/s", ""});
  bench.lab.ceilings.add({"host", "bandwidth", "slow", "fake", {}, 0, 1, 1, "B/s", ""});
  const ResultRecord record = bench.measure_one("gemm m=24 n=20 k=16 in=fp32", "emulates");
  INFO(record.why);
  CHECK(record.status == "ok");
  CHECK_FALSE(record.flops_executed);
  CHECK_FALSE(record.ceiling_fraction);
  CHECK_FALSE(record.backend_ceiling_fraction);
}

TEST_CASE("a cached limit shows a share and judges nothing") {
  Bench bench;
  CeilingRecord limit{"host", "compute", "fma", "fake", "fp32", 0, 1, 1, "flop/s", ""};
  limit.origin = "cache";
  bench.lab.ceilings.add(limit);
  const ResultRecord record = bench.measure_one(problem, "right");
  CHECK(record.status == "ok");
  CHECK(record.ceiling_fraction > 1.02);
}

TEST_CASE("a limit of this run replaces the cached one") {
  CeilingRecord cached{"host", "compute", "fma", "fake", "fp32", 0, 1, 2e9, "flop/s", ""}, fresh = cached;
  cached.origin = "cache";
  fresh.value = 1e9;
  for (const bool cached_first : {true, false}) {
    Ceilings ceilings;
    ceilings.add(cached_first ? cached : fresh);
    ceilings.add(cached_first ? fresh : cached);
    REQUIRE(ceilings.all().size() == 1);
    CHECK(ceilings.all()[0].value == 1e9);
  }
}

TEST_CASE("without ceilings a row says why it has no share") {
  Bench bench;
  bench.lab.options.ceilings = CeilingPolicy::off;
  const ResultRecord record = bench.measure_one(problem, "right");
  CHECK(record.status == "ok");
  CHECK_FALSE(record.ceiling_fraction);
  CHECK(record.why.find("ceilings are off") != std::string::npos);
}

TEST_CASE("every mode gives samples") {
  Bench bench;
  bench.mode = GENERATE(Mode::cold, Mode::hot, Mode::latency);
  const auto records = bench.measure(problem, {"right", "right_too"});
  for (const ResultRecord& record : records) {
    CHECK(record.status == "ok");
    CHECK(record.samples_s.size() >= 3);
    CHECK(record.mode == name(bench.mode));
  }
}

TEST_CASE("the old output is an input where beta is not zero") {
  const ResultRecord record = Bench().measure_one("gemm m=24 n=20 k=16 in=fp32 alpha=0.5 beta=-2", "right");
  CHECK(record.status == "ok");
  CHECK(record.verification == "exact+statistical");
}

TEST_CASE("alpha that is no dyadic fraction skips the exact pass") {
  const ResultRecord record = Bench().measure_one("gemm m=24 n=20 k=16 in=fp32 alpha=0.1", "right");
  CHECK(record.status == "ok");
  CHECK(record.verification == "statistical");
}

TEST_CASE("an integer output is the nearest to what alpha makes of the sum") {
  const ResultRecord record =
      Bench().measure_one("gemm m=24 n=20 k=16 in=int8 alpha=-0.5 beta=0.75", "right");
  INFO(record.why);
  CHECK(record.status == "ok");
  CHECK(record.verification == "statistical");
  CHECK(*record.error <= 0.5);
}

TEST_CASE("constant weights are transformed for every set that is timed") {
  Bench bench;
  bench.mode = GENERATE(Mode::cold, Mode::hot, Mode::latency);
  const auto records = bench.measure("gemm m=24 n=20 k=16 in=fp32 const=b", {"prepacks", "right"});
  for (const ResultRecord& record : records) {
    INFO(record.kernel << ": " << record.why);
    CHECK(record.status == "ok");
    CHECK(record.verification == "exact+statistical");
    CHECK(record.plan_s);
  }
}

TEST_CASE("weights of another time are wrong") {
  const ResultRecord record =
      Bench().measure_one("gemm m=24 n=20 k=16 in=fp32 const=b", "prepacks_too_early");
  CHECK(record.status == "wrong");
  CHECK_THAT(record.why, ContainsSubstring("beyond their bound"));
}

TEST_CASE("more memory than there is") {
  const ResultRecord record = Bench().measure_one("gemm m=2000000000 n=60000 k=1 in=fp32", "right");
  CHECK(record.status == "skipped");
  CHECK_THAT(record.why, ContainsSubstring("GB are usable"));
}
