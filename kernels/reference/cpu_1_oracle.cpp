// The fp64 oracle that runs anywhere: row by row, every operand converted to double as it is read.
#include <fmt/format.h>

#include <vector>

#include "kernels/api/registry.hpp"
#include "kernels/reference/decode.hpp"

namespace gemmark {
namespace {

void product(const Gemm& g, const Operands& operands, std::int64_t index, int threads) {
  const Tensor &a = operands.in[0], &b = operands.in[1], &out = operands.out;
  const DecodeRun decode_a = decode_run_of(a.shape.dtype), decode_b = decode_run_of(b.shape.dtype);
  const std::int64_t a_row = g.ta ? 1 : a.shape.stride[1], a_col = g.ta ? a.shape.stride[1] : 1;
  const std::int64_t b_row = g.tb ? 1 : b.shape.stride[1], b_col = g.tb ? b.shape.stride[1] : 1;
  std::vector<double> all_b(static_cast<std::size_t>(g.k * g.n));
#pragma omp parallel for num_threads(threads)
  for (std::int64_t p = 0; p < g.k; ++p)
    decode_b(b.data, index * b.shape.stride[0] + p * b_row, b_col, g.n, all_b.data() + p * g.n);
#pragma omp parallel num_threads(threads)
  {
    std::vector<double> a_of_row(static_cast<std::size_t>(g.k)), c(static_cast<std::size_t>(g.n));
#pragma omp for
    for (std::int64_t i = 0; i < g.m; ++i) {
      decode_a(a.data, index * a.shape.stride[0] + i * a_row, a_col, g.k, a_of_row.data());
      std::fill(c.begin(), c.end(), 0.0);
      for (std::int64_t p = 0; p < g.k; ++p)
        for (std::int64_t j = 0; j < g.n; ++j) c[j] += a_of_row[p] * all_b[p * g.n + j];
      std::copy(c.begin(), c.end(), out.as<double>() + index * out.shape.stride[0] + i * out.shape.stride[1]);
    }
  }
}

Support supports(const Problem& problem, const Device&) {
  const PrecisionInfo& types = info(std::get<Gemm>(problem).in);
  for (const Dtype dtype : {types.a, types.b})
    if (!decode_run_of(dtype)) return Support::no(fmt::format("cannot read {}", name(dtype)));
  return Support::yes();
}

void run(const Problem& problem, const Operands& operands, Device& device) {
  const auto& g = std::get<Gemm>(problem);
  for (std::int64_t index = 0; index < g.batch; ++index)
    product(g, operands, index, device.info().max_threads);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] { return Oracle{.supports = supports, .run = run}; }};

}  // namespace gemmark
