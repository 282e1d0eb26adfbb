// The oracle's product for a vector type. To be included after GEMMARK_ISA_BEGIN, packed_deps.hpp and
// packed_oracle.hpp before.
#pragma once

#include "kernels/gemm/packed.hpp"
#include "kernels/reference/packed_oracle.hpp"

namespace gemmark {
namespace {

/// `Product` is a PackedProduct in double.
template <class Product>
void oracle_run(const Gemm& g, const Operands& operands, std::int64_t index, const CacheSizes& caches,
                int threads) {
  const Shape& out = operands.out.shape;
  Product::run(g.m, g.n, g.k, 1.0, DecodingSource(operands.in[0], index, !g.ta),
               DecodingSource(operands.in[1], index, g.tb), 0.0,
               {operands.out.as<double>() + index * out.stride[0], out.stride[1], 1}, operands.workspace,
               caches, threads);
}

template <class Product>
std::int64_t oracle_workspace(const Gemm& g, const CacheSizes& caches, int threads) {
  return Product::workspace_bytes(g.m, g.n, g.k, caches, threads);
}

template <class Product>
constexpr OracleProduct oracle_product{oracle_run<Product>, oracle_workspace<Product>};

}  // namespace
}  // namespace gemmark
