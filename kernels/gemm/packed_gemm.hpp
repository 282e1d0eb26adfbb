// The packed product as a kernel of the ladder: GemmArgs in, PackedProduct called.
// To be included after GEMMARK_ISA_BEGIN, like packed.hpp.
#pragma once

#include "kernels/gemm/host_gemm.hpp"
#include "kernels/gemm/packed.hpp"

namespace gemmark {
namespace {

template <class T>
PlainSource<T> rows_of_a(const GemmArgs<T>& g) {
  return {{g.a_data, g.a_row, g.a_col}};
}
template <class T>
PlainSource<T> columns_of_b(const GemmArgs<T>& g) {
  return {{g.b_data, g.b_col, g.b_row}};
}

/// `Product` is a PackedProduct.
template <class Product>
void packed_gemm(const GemmArgs<typename Product::T>& g, int threads) {
  Product::run(g.m, g.n, g.k, g.alpha, rows_of_a(g), columns_of_b(g), g.beta, {g.c, g.ldc, 1}, g.workspace,
               g.caches, threads);
}

/// The same with B packed when the plan was made.
template <class Product>
void prepacked_gemm(const GemmArgs<typename Product::T>& g, int threads) {
  using T = typename Product::T;
  Product::run(g.m, g.n, g.k, g.alpha, rows_of_a(g), PackedSource<T>{g.prepacked_b}, g.beta, {g.c, g.ldc, 1},
               g.workspace, g.caches, threads);
}
template <class Product>
void prepack(const GemmArgs<typename Product::T>& g, typename Product::T* to, int threads) {
  Product::prepack(g.m, g.n, g.k, columns_of_b(g), to, g.caches, threads);
}
template <class Product32, class Product64>
std::int64_t prepacked_elements(const Gemm& g, const CacheSizes& caches, int threads) {
  return g.in == Precision::fp64 ? Product64::prepacked_elements(g.m, g.n, g.k, caches, threads)
                                 : Product32::prepacked_elements(g.m, g.n, g.k, caches, threads);
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
template <class Product32, class Product64>
constexpr HostGemm prepacked_host_gemm() {
  return {.fp32 = prepacked_gemm<Product32>,
          .fp64 = prepacked_gemm<Product64>,
          .workspace_bytes = packed_workspace<Product32, Product64>,
          .prepacked_elements = prepacked_elements<Product32, Product64>,
          .prepack32 = prepack<Product32>,
          .prepack64 = prepack<Product64>};
}

}  // namespace
}  // namespace gemmark
