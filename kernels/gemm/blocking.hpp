// How a packed product is cut: into slices of depth, blocks for the caches, tiles for the registers, cells
// for the threads. Plain arithmetic on sizes; packed.hpp does the work.
//
// The scheme is the one of Goto and van de Geijn (Anatomy of High-Performance Matrix Multiplication, 2008) as
// BLIS refined it (Van Zee, van de Geijn 2015), turned to row-major C: columns of B fill the vectors,
// elements of A are broadcast.
//
//   slice       kc deep: a panel of A (tile rows × kc) takes half of the L1 cache
//   column block  kc × nc of B, packed by each thread for itself: takes half of its L2 cache
//   row block   mc × kc of A, packed by all threads together, twice: takes half of the last-level cache
//   cells       the threads form a grid over row panels × column panels
//
// A small product keeps few threads busy. Its parallel region has all the same every thread that the caller
// was given, the others idle: OpenMP's runtime ends the threads that a smaller region leaves over, and the
// next larger one then pays for new ones, which are pinned nowhere.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/api/device.hpp"

namespace gemmark {

/// Bytes: of one core's first and second level, and of the whole last level.
struct CacheSizes {
  std::int64_t l1 = 32 << 10, l2 = 512 << 10, last = 4 << 20;
};

/// What the device knows; the defaults, smallest in common use, stand in for levels that it does not report.
inline CacheSizes cache_sizes(const DeviceInfo& info) {
  CacheSizes sizes;
  for (const Cache& cache : info.caches) {
    if (cache.level == 1) sizes.l1 = cache.bytes;
    if (cache.level == 2) sizes.l2 = cache.bytes;
  }
  sizes.last = std::max(info.last_level_cache_bytes(), sizes.l2);
  return sizes;
}

/// What one call of the microkernel computes: `rows` × (`vectors` of `lanes` elements).
struct TileShape {
  std::int64_t rows, vectors, lanes, element_bytes;
};

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Part `index` of `total` things dealt out evenly into `parts`.
struct Range {
  std::int64_t first, last;
  std::int64_t size() const { return last - first; }
};
constexpr Range part(std::int64_t total, std::int64_t parts, std::int64_t index) {
  return {total * index / parts, total * (index + 1) / parts};
}

/// What different threads write lies in different pages.
constexpr std::int64_t round_to_pages(std::int64_t bytes) { return ceil_div(bytes, 4096) * 4096; }

/// How many of `threads` that many operations can keep busy.
inline int worthwhile_threads(double operations, int threads) {
  // Outweighs waking a thread and waiting for it (10 µs or so).
  constexpr double operations_of_a_thread = 1e6;
  return static_cast<int>(
      std::clamp(operations / operations_of_a_thread, 1.0, std::max(1.0, double(threads))));
}

struct Blocking {
  std::int64_t row_panels = 0;  ///< of at most tile.rows rows, all about the same height
  std::int64_t vectors = 0;     ///< that cover a row of C
  std::int64_t col_panels = 0;  ///< of at most tile.vectors vectors
  std::int64_t slices = 0, kc = 0;
  std::int64_t row_blocks = 0, mc_panels = 0;
  std::int64_t nc_panels = 0;
  int grid_rows = 1, grid_cols = 1;

  std::int64_t a_bytes = 0;      ///< one of the two packed row blocks
  std::int64_t b_bytes = 0;      ///< one thread's packed column block
  std::int64_t stage_bytes = 0;  ///< one panel of either operand, for operands that need conversion
  int cells() const { return grid_rows * grid_cols; }
  std::int64_t workspace_bytes() const { return 2 * a_bytes + cells() * (b_bytes + stage_bytes); }
};

/// The grid of at most `threads` cells whose largest cell is cheapest. Packing a column panel costs about as
/// much as half a tile, and each row of cells packs all its columns anew.
inline void choose_grid(Blocking& blocking, int threads) {
  double best = 0;
  for (int rows = 1; rows <= threads; ++rows)
    for (int cols = 1; rows * cols <= threads; ++cols) {
      const auto panels_down = static_cast<double>(ceil_div(blocking.row_panels, rows));
      const auto panels_across = static_cast<double>(ceil_div(blocking.col_panels, cols));
      const double cost = (panels_down + 0.5) * panels_across;
      if (best != 0 && cost >= best) continue;
      best = cost;
      blocking.grid_rows = rows, blocking.grid_cols = cols;
    }
}

/// For m, n, k > 0.
inline Blocking choose_blocking(std::int64_t m, std::int64_t n, std::int64_t k, const TileShape& tile,
                                const CacheSizes& caches, int threads) {
  Blocking b;
  b.row_panels = ceil_div(m, tile.rows);
  b.vectors = ceil_div(n, tile.lanes);
  b.col_panels = ceil_div(b.vectors, tile.vectors);
  const double operations = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  choose_grid(b, worthwhile_threads(operations, threads));

  const std::int64_t deepest = std::max<std::int64_t>(caches.l1 / 2 / (tile.rows * tile.element_bytes), 1);
  b.slices = ceil_div(k, deepest);
  b.kc = ceil_div(k, b.slices);

  const std::int64_t col_panel_bytes = b.kc * tile.vectors * tile.lanes * tile.element_bytes;
  const std::int64_t widest = std::max<std::int64_t>(caches.l2 / 2 / col_panel_bytes, 1);
  b.nc_panels = std::min(widest, ceil_div(b.col_panels, b.grid_cols));

  const std::int64_t row_panel_bytes = b.kc * tile.rows * tile.element_bytes;
  // Half of the last level for two row blocks.
  const std::int64_t highest = std::max<std::int64_t>(caches.last / 4 / row_panel_bytes, b.grid_rows);
  b.row_blocks = ceil_div(b.row_panels, highest);
  b.mc_panels = ceil_div(b.row_panels, b.row_blocks);

  b.a_bytes = round_to_pages(b.mc_panels * row_panel_bytes);
  b.b_bytes = round_to_pages(b.nc_panels * col_panel_bytes);
  b.stage_bytes = round_to_pages(std::max(row_panel_bytes, col_panel_bytes));
  return b;
}

}  // namespace gemmark
