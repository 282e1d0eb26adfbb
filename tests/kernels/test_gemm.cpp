// Every own gemm kernel on every awkward shape, against the definition.
#include <array>
#include <cstdint>

#include "tests/catch.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

constexpr std::array precisions{Precision::fp32, Precision::fp64};
constexpr std::array<std::int64_t, 8> awkward{1, 7, 8, 9, 31, 33, 127, 129};

Gemm shape(std::int64_t m, std::int64_t n, std::int64_t k, int transposes, Precision in) {
  Gemm g;
  g.m = m, g.n = n, g.k = k, g.in = in;
  g.ta = (transposes & 1) != 0, g.tb = (transposes & 2) != 0;
  return g;
}

void check(const Gemm& g, bool exact) {
  GemmCase one(g, exact, 1);
  check_all(one, host(), {1, 2});
  check_all(one, tiny_host(), {1, 3});
}

}  // namespace

TEST_CASE("there is an own kernel to test") { REQUIRE(!runnable_kernels().empty()); }

TEST_CASE("awkward sizes, all transposes, exact") {
  for (const Precision in : precisions)
    for (const std::int64_t m : awkward)
      for (const std::int64_t n : awkward)
        for (const std::int64_t k : awkward)
          for (int transposes = 0; transposes < 4; ++transposes) {
            // All sizes with one orientation, and every orientation with odd sizes, is enough of a product.
            if (transposes != 0 && (m + n + k) % 2 == 0) continue;
            GemmCase one(shape(m, n, k, transposes, in), true, 1);
            check_all(one, transposes % 2 ? host() : tiny_host(), {k % 2 ? 1 : 2});
          }
}

TEST_CASE("scalars, leading dimensions and batches") {
  for (const Precision in : precisions)
    for (const auto& [m, n, k] : {std::array{9, 33, 31}, {33, 7, 127}, {1, 129, 8}, {70, 1, 9}})
      for (int transposes = 0; transposes < 4; ++transposes)
        for (const double alpha : {1.0, 0.5, -2.0})
          for (const double beta : {0.0, 1.0, 0.25})
            for (const bool loose : {false, true}) {
              Gemm g = shape(m, n, k, transposes, in);
              g.alpha = alpha, g.beta = beta;
              if (loose) {
                g.lda_given = g.lda() + 3, g.ldb_given = g.ldb() + 5, g.ldc_given = g.ldc() + 1;
                g.batch = 3;
              }
              check(g, true);
            }
}

TEST_CASE("random numbers") {
  for (const Precision in : precisions)
    for (const auto& [m, n, k] : {std::array{129, 127, 33}, {31, 50, 700}, {200, 3, 64}, {5, 300, 300}})
      for (int transposes = 0; transposes < 4; ++transposes) {
        Gemm g = shape(m, n, k, transposes, in);
        g.alpha = -1.25, g.beta = 0.75;
        check(g, false);
      }
}

TEST_CASE("empty dimensions") {
  for (const Precision in : precisions)
    for (const double beta : {0.0, 0.25})
      for (const auto& [m, n, k] : {std::array{0, 9, 7}, {9, 0, 7}, {9, 20, 0}, {20, 3, 0}, {0, 0, 0}}) {
        Gemm g = shape(m, n, k, 0, in);
        g.beta = beta;
        check(g, true);
      }
}

TEST_CASE("batches of more products than threads") {
  for (const Precision in : precisions)
    for (const int size : {5, 80}) {
      Gemm g = shape(size, size + 1, size + 2, 2, in);
      g.batch = 7;
      check(g, true);
    }
}
