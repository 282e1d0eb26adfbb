// The verifier verified: every kernel that is wrong must be caught, and none that is right.
#include <cstdio>
#include <utility>

#include "tests/catch.hpp"
#include "tests/harness/mutants.hpp"

using namespace gemmark;
using namespace gemmark::testing;

TEST_CASE("every mutant is killed") {
  Bench bench;
  int killed = 0, total = 0;
  for (const Mutant& mutant : mutants()) {
    const std::string name = "mutant " + std::to_string(++total);
    Registry::global().add({"gemm/fake", "fake"}, fake_kernel(name, mutant.compute));
    INFO(mutant.problem);
    CHECK(bench.measure_one(mutant.problem, "right").status == "ok");
    const ResultRecord record = bench.measure_one(mutant.problem, name);
    INFO(mutant.name << ": " << record.status << " " << record.why);
    const bool caught = record.status == "wrong" || record.status == "failed";
    CHECK(caught);
    killed += caught;
  }
  std::printf("mutants killed: %d of %d\n", killed, total);
}

TEST_CASE("tf32 may round its operands, either way") {
  const bool truncated = GENERATE(true, false);
  const std::string problem =
      GENERATE(as<std::string>(), "gemm m=70 n=66 k=1 in=tf32", "gemm m=70 n=66 k=9 in=tf32",
               "gemm m=70 n=66 k=1000 in=tf32 tb=1", "gemm m=40 n=50 k=300 in=tf32 alpha=-0.3 beta=0.7");
  Bench bench;
  bench.lab.options.data = GENERATE(Distribution::uniform, Distribution::normal);
  const std::string name = truncated ? "tf32 truncated" : "tf32 rounded";
  static bool added = false;
  if (!std::exchange(added, true)) {
    Registry::global().add({"gemm/fake", "fake"}, fake_kernel("tf32 truncated", tf32_product(true)));
    Registry::global().add({"gemm/fake", "fake"}, fake_kernel("tf32 rounded", tf32_product(false)));
  }
  const ResultRecord record = bench.measure_one(problem, name);
  INFO(name << " on " << problem << ": " << record.why);
  CHECK(record.status == "ok");
  CHECK(*record.error > 0);
  CHECK(*record.error < 0.6 * *record.error_bound);
}
