#include "tests/kernels/gemm_case.hpp"
#include "tests/kernels/oracle_case.hpp"

using namespace gemmark::testing;

TEST_CASE("oracles agree with the definition") { oracles_agree_with_the_definition(host()); }

TEST_CASE("oracles leave out alpha and beta, and take an inner dimension of nothing") {
  oracles_compute_the_plain_product(host());
}
