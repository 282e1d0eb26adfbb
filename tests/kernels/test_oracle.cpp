#include "tests/kernels/gemm_case.hpp"
#include "tests/kernels/oracle_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

TEST_CASE("oracles agree with the definition") { oracles_agree_with_the_definition(host()); }

TEST_CASE("oracles leave out alpha and beta, and take an inner dimension of nothing") {
  oracles_compute_the_plain_product(host());
}

// Else the error of a kernel that adds up in the same order would be 0, which reads as exact.
TEST_CASE("oracles on the host add up from the far end of the depth") {
  double a[] = {1, 0x1p-53, 0x1p-53}, b[] = {1, 1, 1}, c = 0;
  const Gemm g{.m = 1, .n = 1, .k = 3, .in = Precision::fp64, .out = {}};
  const OperandShapes shapes = operand_shapes(g);
  Operands operands;
  operands.in[0] = {shapes.in[0], reinterpret_cast<std::byte*>(a)};
  operands.in[1] = {shapes.in[1], reinterpret_cast<std::byte*>(b)};
  operands.out = {shapes.out, reinterpret_cast<std::byte*>(&c)};
  for (const Oracle& oracle : Registry::global().oracles()) {
    if (oracle.device_kind != host().info().kind || !Registry::global().status(oracle.backend).available)
      continue;
    oracle.run(g, operands, host());
    INFO(oracle.name);
    CHECK(c == 1 + 0x1p-52);  // from the near end each half of a last bit is lost
    c = 0;
  }
}
