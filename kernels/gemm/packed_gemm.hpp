// The packed product as a kernel of the ladder: GemmArgs in, PackedProduct called.
// To be included after GEMMARK_ISA_BEGIN, like packed.hpp.
#pragma once

#include "kernels/gemm/host_gemm.hpp"
#include "kernels/gemm/packed.hpp"

namespace gemmark {
namespace {

/// `Product` is a PackedProduct.
template <class Product>
void packed_gemm(const GemmArgs<typename Product::T>& g, int threads) {
  using T = typename Product::T;
  Product::run(g.m, g.n, g.k, g.alpha, PlainSource<T>{{g.a_data, g.a_row, g.a_col}},
               PlainSource<T>{{g.b_data, g.b_col, g.b_row}}, g.beta, {g.c, g.ldc, 1}, g.workspace, g.caches,
               threads);
}

template <class Product32, class Product64>
std::int64_t packed_workspace(const Gemm& g, const CacheSizes& caches, int threads) {
  return g.in == Precision::fp64 ? Product64::workspace_bytes(g.m, g.n, g.k, caches, threads)
                                 : Product32::workspace_bytes(g.m, g.n, g.k, caches, threads);
}

template <class Product32, class Product64>
constexpr HostGemm packed_host_gemm() {
  return {packed_gemm<Product32>, packed_gemm<Product64>, packed_workspace<Product32, Product64>};
}

}  // namespace
}  // namespace gemmark
