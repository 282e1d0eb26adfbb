// y = alpha·M·x + beta·y for products of which one side is a vector: every element of M is used once, so that
// nothing is worth packing, and the time is that of reading M.
//
// Several rows are read side by side, a cache line of each at a time, and asked for well ahead: enough
// streams to fill a core's miss buffers, each long enough for the DRAM's pages. Threads split the elements of
// y, hence none waits for another. Two forms, by the direction in which M lies in memory:
//
//   along depth  dot products: `x` serves all rows of a group from registers
//   along y      sums of columns: a group of them is added to y, which stays in the L1 cache
//
// To be included after GEMMARK_ISA_BEGIN, and packed_deps.hpp before; see packed.hpp.
#pragma once

#include "kernels/gemm/packed_deps.hpp"

namespace gemmark {
namespace {

/// `Simd` is a vector type of simd_*.hpp.
template <class Simd>
struct MatrixVector {
  using T = typename Simd::Element;
  using V = typename Simd::Vector;
  static constexpr int lanes = Simd::lanes;
  static constexpr int line = 64 / sizeof(T);  // elements of a cache line
  static constexpr int line_vectors = line / lanes;

  std::int64_t size, depth;  ///< elements of y and of x
  T alpha, beta;
  View<T> matrix;  ///< element (o, p); one of its strides is 1
  const T* x;
  std::int64_t x_stride;
  T* y;
  std::int64_t y_stride;
  T* workspace;  ///< workspace_elements(size, depth), aligned to 64 bytes
  CacheSizes caches;

  static std::int64_t workspace_elements(std::int64_t size, std::int64_t depth) {
    return ceil_div(std::max(size, depth), line) * line;
  }

  void run(int threads) const {
    const double operations = 2.0 * static_cast<double>(size) * static_cast<double>(depth);
    const std::int64_t lines = ceil_div(size, line);
    const int team = static_cast<int>(std::min<std::int64_t>(worthwhile_threads(operations, threads), lines));
    const bool along_depth = matrix.depth == 1;
    if (along_depth && x_stride != 1)
      for (std::int64_t p = 0; p < depth; ++p) workspace[p] = x[p * x_stride];
    // The system may grant fewer threads than that; those beyond it are idle (blocking.hpp says why).
    const auto work = [&](int thread, int granted) {
      const int workers = std::min(granted, team);
      if (thread >= workers) return;
      const Range mine = part(lines, workers, thread);
      const Range elements{mine.first * line, std::min(mine.last * line, size)};
      along_depth ? dots<dot_rows>(elements, x_stride == 1 ? x : workspace) : sum_columns(elements);
    };
    if (team <= 1) return work(0, 1);
#pragma omp parallel num_threads(threads)
    work(omp_get_thread_num(), omp_get_num_threads());
  }

 private:
  // Fills the registers of the narrower vectors, and hides the latency of a multiply-add.
  static constexpr int dot_rows = 8 / line_vectors;
  static constexpr int column_group = 8;
  // Of each stream: what a core reads during one DRAM access, shared by the streams of a group.
  static constexpr int elements_ahead = 8 * line;

  void write(std::int64_t o, T sum) const {
    T& element = y[o * y_stride];
    element = alpha * sum + (beta == 0 ? 0 : beta * element);
  }

  template <int Rows>
  void dots(Range rows, const T* contiguous) const {
    std::int64_t o = rows.first;
    for (; o + Rows <= rows.last; o += Rows) dot_group<Rows>(o, contiguous);
    if constexpr (Rows > 1) dots<Rows / 2>({o, rows.last}, contiguous);
  }

  template <int Rows>
  void dot_group(std::int64_t o, const T* contiguous) const {
    V sums[Rows][line_vectors];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < line_vectors; ++v) sums[r][v] = Simd::zero();
    const T* first = &matrix.at(o, 0);
    std::int64_t p = 0;
    for (; p + line <= depth; p += line)
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const T* at = first + r * matrix.outer + p;
        __builtin_prefetch(at + elements_ahead);
#pragma GCC unroll 4
        for (int v = 0; v < line_vectors; ++v)
          Simd::accumulate(sums[r][v], Simd::load(contiguous + p + v * lanes), Simd::load(at + v * lanes));
      }
    for (; p < depth; p += lanes) {
      const auto mask = Simd::mask(std::min<std::int64_t>(depth - p, lanes));
      const V wanted = Simd::load(contiguous + p, mask);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r)
        Simd::accumulate(sums[r][0], wanted, Simd::load(first + r * matrix.outer + p, mask));
    }
#pragma GCC unroll 8  // a sum that is asked for by a variable's number would be kept in memory all along
    for (int r = 0; r < Rows; ++r) {
      T parts[line], sum = 0;
#pragma GCC unroll 4
      for (int v = 0; v < line_vectors; ++v) Simd::store(parts + v * lanes, sums[r][v]);
      for (const T& element : parts) sum += element;
      write(o + r, sum);
    }
  }

  void sum_columns(Range elements) const {
    const std::int64_t widest = std::max<std::int64_t>(caches.l1 / 4 / 64, 1) * line;
    for (std::int64_t o = elements.first; o < elements.last; o += widest) {
      const Range chunk{o, std::min(o + widest, elements.last)};
      std::fill(workspace + chunk.first, workspace + ceil_div(chunk.last, line) * line, T{0});
      add_columns<column_group>(chunk, 0);
      for (std::int64_t i = chunk.first; i < chunk.last; ++i) write(i, workspace[i]);
    }
  }

  template <int Columns>
  void add_columns(Range chunk, std::int64_t p) const {
    for (; p + Columns <= depth; p += Columns) add_group<Columns>(chunk, p);
    if constexpr (Columns > 1) add_columns<Columns / 2>(chunk, p);
  }

  template <int Columns>
  void add_group(Range chunk, std::int64_t p) const {
    V factors[Columns];
#pragma GCC unroll 8
    for (int c = 0; c < Columns; ++c) factors[c] = Simd::broadcast(x[(p + c) * x_stride]);
    const T* first = &matrix.at(0, p);
    std::int64_t o = chunk.first;
    for (; o + line <= chunk.last; o += line) {
      V sums[line_vectors];
#pragma GCC unroll 4
      for (int v = 0; v < line_vectors; ++v) sums[v] = Simd::load(workspace + o + v * lanes);
#pragma GCC unroll 8
      for (int c = 0; c < Columns; ++c) {
        const T* at = first + c * matrix.depth + o;
        __builtin_prefetch(at + elements_ahead);
#pragma GCC unroll 4
        for (int v = 0; v < line_vectors; ++v)
          Simd::accumulate(sums[v], factors[c], Simd::load(at + v * lanes));
      }
#pragma GCC unroll 4
      for (int v = 0; v < line_vectors; ++v) Simd::store(workspace + o + v * lanes, sums[v]);
    }
    for (; o < chunk.last; o += lanes) {
      const auto mask = Simd::mask(std::min<std::int64_t>(chunk.last - o, lanes));
      V sum = Simd::load(workspace + o);
#pragma GCC unroll 8
      for (int c = 0; c < Columns; ++c)
        Simd::accumulate(sum, factors[c], Simd::load(first + c * matrix.depth + o, mask));
      Simd::store(workspace + o, sum);
    }
  }
};

}  // namespace
}  // namespace gemmark
