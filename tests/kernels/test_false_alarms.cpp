// No correct kernel of the host is ever called wrong. GEMMARK_FUZZ_CASES says how many runs (default 10,000).
#include "tests/kernels/false_alarms.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;

TEST_CASE("no correct kernel is called wrong") {
  testing::no_false_alarm(
      testing::host(), {Precision::fp64, Precision::fp32, Precision::fp32, Precision::bf16, Precision::int8},
      10000);
}
