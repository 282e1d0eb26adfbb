// The problems that kernels get wrong: extents around every tile's edge, every layout, scalars and batches.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/api/problem.hpp"

namespace gemmark::testing {

struct AwkwardCase {
  Gemm problem;
  bool exact = true;  ///< on small integers, where the answer is exact
};

/// Bit 0 of `transposes` is ta, bit 1 tb.
inline Gemm gemm_of(std::int64_t m, std::int64_t n, std::int64_t k, int transposes, Precision in) {
  Gemm g;
  g.m = m, g.n = n, g.k = k, g.in = in;
  g.ta = (transposes & 1) != 0, g.tb = (transposes & 2) != 0;
  return g;
}

inline std::vector<AwkwardCase> awkward_sizes(Precision in) {
  constexpr std::array<std::int64_t, 8> sizes{1, 7, 8, 9, 31, 33, 127, 129};
  std::vector<AwkwardCase> cases;
  for (const std::int64_t m : sizes)
    for (const std::int64_t n : sizes)
      for (const std::int64_t k : sizes)
        for (int transposes = 0; transposes < 4; ++transposes)
          // All sizes with one orientation, and every orientation with odd sizes, is enough of a product.
          if (transposes == 0 || (m + n + k) % 2 != 0) cases.push_back({gemm_of(m, n, k, transposes, in)});
  return cases;
}

inline std::vector<AwkwardCase> awkward_scalars(Precision in) {
  std::vector<AwkwardCase> cases;
  for (const auto& [m, n, k] : {std::array{9, 33, 31}, {33, 7, 127}, {1, 129, 8}, {70, 1, 9}})
    for (int transposes = 0; transposes < 4; ++transposes)
      for (const double alpha : {1.0, 0.5, -2.0})
        for (const double beta : {0.0, 1.0, 0.25})
          for (const bool loose : {false, true}) {
            Gemm g = gemm_of(m, n, k, transposes, in);
            g.alpha = alpha, g.beta = beta;
            if (loose) {
              g.lda_given = g.lda() + 3 * row_granule(info(in).a);
              g.ldb_given = g.ldb() + 5 * row_granule(info(in).b);
              g.ldc_given = g.ldc() + 1;
              g.batch = 3;
            }
            cases.push_back({g});
          }
  return cases;
}

inline std::vector<AwkwardCase> random_numbers(Precision in) {
  std::vector<AwkwardCase> cases;
  for (const auto& [m, n, k] : {std::array{129, 127, 33}, {31, 50, 700}, {200, 3, 64}, {5, 300, 300}})
    for (int transposes = 0; transposes < 4; ++transposes) {
      Gemm g = gemm_of(m, n, k, transposes, in);
      g.alpha = -1.25, g.beta = 0.75;
      cases.push_back({g, false});
    }
  return cases;
}

/// Several of the largest tiles each way, and just past them.
inline std::vector<AwkwardCase> several_tiles(Precision in) {
  std::vector<AwkwardCase> cases;
  for (const auto& [m, n, k] : {std::array{257, 520, 100}, {520, 257, 33}, {384, 512, 64}, {140, 1030, 17}})
    for (int transposes = 0; transposes < 4; ++transposes)
      cases.push_back({gemm_of(m, n, k, transposes, in)});
  return cases;
}

/// Few rows against weights longer than any ring of stages, which end in the first half of one, and so wide
/// that a block takes several tiles of them.
inline std::vector<AwkwardCase> layers(Precision in) {
  return {{gemm_of(17, 33, 6152, 2, in), false}, {gemm_of(5, 129, 4104, 2, in), false},
          {gemm_of(17, 4500, 700, 2, in)},       {gemm_of(3, 9000, 300, 2, in), false},
          {gemm_of(2, 14000, 129, 2, in)},       {gemm_of(5, 2200, 4104, 2, in), false},
          {gemm_of(5, 33, 53256, 2, in), false}};
}

inline std::vector<AwkwardCase> batches(Precision in) {
  std::vector<AwkwardCase> cases;
  for (const int size : {5, 80}) {
    Gemm g = gemm_of(size, size + 1, size + 2, 2, in);
    g.batch = 7;
    cases.push_back({g});
  }
  return cases;
}

/// The same problem with rows that start on multiples of 32 elements, 16 bytes of the narrowest, which some
/// hardware asks for.
inline Gemm with_aligned_rows(Gemm g) {
  const auto up = [](std::int64_t leading) { return (leading + 31) / 32 * 32; };
  g.lda_given = up(g.lda()), g.ldb_given = up(g.ldb()), g.ldc_given = up(g.ldc());
  return g;
}

}  // namespace gemmark::testing
