// Every oracle of a device, on every input type, against the definition.
#pragma once

#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"
#include "tests/kernels/awkward.hpp"
#include "tests/kernels/naive.hpp"
#include "tests/kernels/staged.hpp"

namespace gemmark::testing {

inline void check_oracle(const Oracle& oracle, const Gemm& g, Device& device) {
  const OperandShapes shapes = operand_shapes(g);
  Shape product = shapes.out;
  product.dtype = Dtype::f64;
  Guarded a(shapes.in[0].span_bytes()), b(shapes.in[1].span_bytes()), c(product.span_bytes());
  Operands operands;
  operands.in[0] = {shapes.in[0], a.data()};
  operands.in[1] = {shapes.in[1], b.data()};
  operands.out = {product, c.data()};
  fill(operands.in[0], {.seed = 1});
  fill(operands.in[1], {.seed = 2});
  on_device(device, operands, {&a, &b, &c}, [&](const Operands& there) { oracle.run(g, there, device); });
  const std::vector<Dot> want = naive_products(g, operands);
  INFO(oracle.name << " " << to_text(g));
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / g.n, col = static_cast<std::int64_t>(i) % g.n;
    const double got = load(operands.out, product.row_offset(row) + col);
    wrong += !(std::abs(got - want[i].sum) <= 0x1p-52 * static_cast<double>(g.k + 1) * want[i].magnitude);
  }
  CHECK(wrong == 0);
  CHECK(a.intact());
  CHECK(b.intact());
  CHECK(c.intact());
  CHECK(c.gaps_intact(product));
}

inline void oracles_agree_with_the_definition(Device& device) {
  Registry& registry = Registry::global();
  int checked = 0;
  for (const Oracle& oracle : registry.oracles()) {
    if (oracle.device_kind != device.info().kind || oracle.op != "gemm") continue;
    if (const BackendStatus& status = registry.status(oracle.backend); !status.available) {
      WARN(oracle.name << " skipped: " << status.available.why());
      continue;
    }
    for (const PrecisionInfo& row : precision_table)
      for (const auto& [m, n, k] :
           {std::array{1, 1, 1}, {33, 31, 129}, {9, 130, 7}, {130, 9, 517}, {1, 64, 9}, {129, 1, 33}})
        for (int transposes = 0; transposes < 4; ++transposes) {
          Gemm g{.m = m, .n = n, .k = k, .in = *precision_named(row.name), .out = {}};
          g.ta = transposes & 1, g.tb = transposes & 2;
          if (transposes == 3)
            g.batch = 2, g.lda_given = g.lda() + 3 * row_granule(row.a),
            g.ldb_given = g.ldb() + row_granule(row.b), g.ldc_given = n + 5;
          if (!oracle.supports(g, device)) continue;
          check_oracle(oracle, g, device);
          ++checked;
        }
  }
  REQUIRE(checked > 0);
}

/// They leave out alpha and beta, and take an inner dimension of nothing.
inline void oracles_compute_the_plain_product(Device& device) {
  Registry& registry = Registry::global();
  for (const Oracle& oracle : registry.oracles()) {
    if (oracle.device_kind != device.info().kind || oracle.op != "gemm" ||
        !registry.status(oracle.backend).available)
      continue;
    Gemm g{.m = 5, .n = 6, .k = 7, .out = {}};
    g.alpha = 3, g.beta = 2;
    check_oracle(oracle, g, device);
    g.k = 0;
    check_oracle(oracle, g, device);
  }
}

}  // namespace gemmark::testing
