// The packed product: operands are copied, panel by panel, into the order in which the microkernel reads
// them, so that its loop is nothing but loads, broadcasts and multiply-adds. Read blocking.hpp first.
//
// A template over a vector type, and so compiled for whatever instruction set is in force where it is
// included: include it (and the simd_*.hpp) after GEMMARK_ISA_BEGIN, and packed_deps.hpp before. Everything
// is in the anonymous namespace, because equal names compiled for two instruction sets would be merged.
#pragma once

#include "kernels/gemm/matvec.hpp"
#include "kernels/gemm/packed_deps.hpp"
#include "kernels/gemm/packed_panel.hpp"

namespace gemmark {
namespace {

/// `Simd` is a vector type of simd_*.hpp, the tile Rows × MaxVectors vectors.
template <class Simd, int MaxRows, int MaxVectors>
class PackedProduct {
 public:
  using T = typename Simd::Element;
  static constexpr int lanes = Simd::lanes;
  static constexpr TileShape tile{MaxRows, MaxVectors, lanes, sizeof(T)};

  /// C = alpha·A·B + beta·C. `workspace` is aligned to 64 bytes and holds workspace_bytes(m, n, k, …).
  template <class SourceA, class SourceB>
  static void run(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const SourceA& a, const SourceB& b,
                  T beta, const OutputView<T>& c, std::byte* workspace, const CacheSizes& caches,
                  int threads) {
    if (m == 0 || n == 0) return;
    if (k == 0) return scale(m, n, beta, c);
    if constexpr (std::is_same_v<SourceA, PlainSource<T>> && std::is_same_v<SourceB, PlainSource<T>>) {
      T* scratch = reinterpret_cast<T*>(workspace);
      const View<T>& left = a.all;
      const View<T>& right = b.all;
      if (n == 1)
        return Vectorial{m, k, alpha, beta, left, right.data, right.depth, c.data, c.row, scratch, caches}
            .run(threads);
      if (m == 1)
        return Vectorial{n, k, alpha, beta, right, left.data, left.depth, c.data, c.col, scratch, caches}.run(
            threads);
      if (right.outer == 1 && c.col == 1 && is_small(m, n, k, caches))
        return multiply_in_place(m, n, k, alpha, left, right, beta, c);
    }
    if (prefers_swap(m, n, k)) {
      const Job<SourceB, SourceA> job{
          n, m, k, alpha, beta, b, a, {c.data, c.col, c.row}, workspace, blocking(n, m, k, caches, threads)};
      return job.start(threads);
    }
    const Job<SourceA, SourceB> job{m, n, k, alpha,     beta,
                                    a, b, c, workspace, blocking(m, n, k, caches, threads)};
    job.start(threads);
  }

  /// Elements of B packed ahead of time, and the packing: what run() takes as a PackedSource. For products of
  /// two matrices; one with a vector reads B where it is.
  static std::int64_t prepacked_elements(std::int64_t m, std::int64_t n, std::int64_t k,
                                         const CacheSizes& caches, int threads) {
    if (m == 0 || n == 0 || k == 0) return 0;
    if (prefers_swap(m, n, k)) return k * MaxRows * blocking(n, m, k, caches, threads).row_panels;
    return k * lanes * blocking(m, n, k, caches, threads).vectors;
  }
  static void prepack(std::int64_t m, std::int64_t n, std::int64_t k, const PlainSource<T>& b, T* to,
                      const CacheSizes& caches, int threads) {
    if (m == 0 || n == 0 || k == 0) return;
    const bool rows = prefers_swap(m, n, k);
    if (rows) std::swap(m, n);
    const Blocking cut = blocking(m, n, k, caches, threads);
    Job<PlainSource<T>, PlainSource<T>>{m, n, k, 1, 0, b, b, {}, nullptr, cut}.pack_all(rows, to);
  }

  static std::int64_t workspace_bytes(std::int64_t m, std::int64_t n, std::int64_t k,
                                      const CacheSizes& caches, int threads) {
    if (m == 0 || n == 0 || k == 0) return 0;
    const std::int64_t as_vectors =
        m == 1 || n == 1 ? Vectorial::workspace_elements(m * n, k) * std::int64_t{sizeof(T)} : 0;
    if (prefers_swap(m, n, k)) std::swap(m, n);
    return std::max(as_vectors, blocking(m, n, k, caches, threads).workspace_bytes());
  }

 private:
  using Vectorial = MatrixVector<Simd>;

  static Blocking blocking(std::int64_t m, std::int64_t n, std::int64_t k, const CacheSizes& caches,
                           int threads) {
    return choose_blocking(m, n, k, tile, caches, threads);
  }
  // Few columns leave vectors half empty: then Cᵀ = Bᵀ·Aᵀ, and the rows fill them. Counted in instructions of
  // a full tile's height, one more a panel for what surrounds its multiply-adds; C then goes out
  // element-wise.
  static bool prefers_swap(std::int64_t m, std::int64_t n, std::int64_t k) {
    const auto cost = [k](std::int64_t rows, std::int64_t columns) {
      const std::int64_t vectors = ceil_div(columns, lanes);
      return MaxRows * k * ceil_div(rows, MaxRows) * (vectors + ceil_div(vectors, MaxVectors));
    };
    constexpr std::int64_t instructions_an_element = 2;
    return n < MaxVectors * lanes && cost(n, m) + instructions_an_element * m * n < cost(m, n);
  }

  // What fits into the nearer caches is not worth copying.
  static bool is_small(std::int64_t m, std::int64_t n, std::int64_t k, const CacheSizes& caches) {
    return (m * k + k * n) * std::int64_t{sizeof(T)} <= caches.l2 / 8;
  }

  static void multiply_in_place(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const View<T>& a,
                                const View<T>& b, T beta, const OutputView<T>& c) {
    const std::int64_t vectors = ceil_div(n, lanes);
    const std::int64_t row_panels = ceil_div(m, MaxRows), col_panels = ceil_div(vectors, MaxVectors);
    for (std::int64_t r = 0; r < row_panels; ++r) {
      const Range down = part(m, row_panels, r);
      for (std::int64_t q = 0; q < col_panels; ++q) {
        const Range across = part(vectors, col_panels, q);
        const std::int64_t j = across.first * lanes, columns = std::min(across.last * lanes, n) - j;
        multiply_tile(down.size(), across.size(), k,
                      InPlace{&a.at(down.first, 0), &b.at(j, 0), a.outer, a.depth, b.depth},
                      {alpha, beta, {c.data + down.first * c.row + j, c.row, 1}, columns, nullptr});
      }
    }
  }

  static void scale(std::int64_t m, std::int64_t n, T beta, const OutputView<T>& c) {
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        T& element = c.data[i * c.row + j * c.col];
        element = beta == 0 ? 0 : beta * element;
      }
  }

  /// One tile's share of one slice, columns of the last vector that do not exist left out.
  struct Target {
    T alpha, beta;
    OutputView<T> c;
    std::int64_t columns;
    const T* ahead;  ///< of A, wanted in the L2 cache soon: a line for every four steps of depth is fetched
  };
  static constexpr int line = 64 / sizeof(T);  // elements of a cache line
  // Of depth. What counts turns and moves pointers takes a multiplier's slot now and then: with 4 steps a
  // turn, 256-bit vectors reached 1.5 hundredths less at 1024³ on Emerald Rapids.
  static constexpr int steps_a_turn = 8, lines_a_turn = steps_a_turn / 4;

  /// Where the microkernel reads: element (r, p) of A at a[r·a_row + p·a_depth], row p of B at b + p·b_depth.
  /// Packed operands have constant strides, which the compiler writes into the instructions.
  struct Packed {
    const T *a, *b;
    static constexpr bool padded = true;  ///< whole vectors may be read
    static constexpr std::int64_t a_row() { return 1; }
    static constexpr std::int64_t a_depth() { return MaxRows; }
    template <int Vectors>
    static constexpr std::int64_t b_depth() {
      return Vectors * lanes;
    }
  };
  struct InPlace {
    const T *a, *b;
    std::int64_t a_row_, a_depth_, b_depth_;
    static constexpr bool padded = false;
    std::int64_t a_row() const { return a_row_; }
    std::int64_t a_depth() const { return a_depth_; }
    template <int>
    std::int64_t b_depth() const {
      return b_depth_;
    }
  };

  template <class Input, int Rows, int Vectors>
  static void microkernel(std::int64_t depth, const Input& input, const Target& target) {
    using V = typename Simd::Vector;
    V sum[Rows][Vectors];
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sum[r][v] = Simd::zero();
    const T* __restrict a = input.a, * __restrict b = input.b;
    const auto mask = Simd::mask(target.columns - (Vectors - 1) * lanes);
    const auto step = [&]() __attribute__((always_inline)) {
      V column[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        const bool masked = !Input::padded && v == Vectors - 1;
        column[v] = masked ? Simd::load(b + v * lanes, mask) : Simd::load(b + v * lanes);
      }
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const V row = Simd::broadcast(a[r * input.a_row()]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) Simd::accumulate(sum[r][v], row, column[v]);
      }
      a += input.a_depth();
      b += input.template b_depth<Vectors>();
    };
    // What the caches will want next is asked for a few lines at a time: a burst would take all of the L1
    // cache's miss buffers, and the loads of B would wait behind it.
    std::int64_t p = 0;
    for (std::int64_t turn = 0; p + steps_a_turn <= depth; ++turn, p += steps_a_turn) {
      if (Input::padded)
        for (int i = 0; i < lines_a_turn; ++i)
          __builtin_prefetch(target.ahead + (turn * lines_a_turn + i) * line, 0, 2);
      if (turn < Rows)
        for (int at = 0; at <= Vectors * lanes; at += line)
          __builtin_prefetch(target.c.data + turn * target.c.row + at, 1);
#pragma GCC unroll 8
      for (int i = 0; i < steps_a_turn; ++i) step();
    }
    for (; p < depth; ++p) step();
    update<Rows, Vectors>(sum, target);
  }

  template <int Rows, int Vectors>
  [[gnu::always_inline]] static void update(typename Simd::Vector (&sum)[Rows][Vectors],
                                            const Target& target) {
    using V = typename Simd::Vector;
    const auto& [alpha, beta, c, columns, ahead] = target;
    const V alphas = Simd::broadcast(alpha), betas = Simd::broadcast(beta);
    if (c.col != 1) {
      T tile_sums[Rows][Vectors * lanes];
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) Simd::store(&tile_sums[r][v * lanes], Simd::mul(alphas, sum[r][v]));
      for (std::int64_t j = 0; j < columns; ++j)
        for (int r = 0; r < Rows; ++r) {
          T& element = c.data[r * c.row + j * c.col];
          element = tile_sums[r][j] + (beta == 0 ? 0 : beta * element);
        }
      return;
    }
    const bool full = columns == Vectors * lanes;
    if (full && alpha == 1 && beta == 1) {  // every slice but the first: spares the multipliers
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) {
          T* at = c.data + r * c.row + v * lanes;
          Simd::store(at, Simd::add(Simd::load(at), sum[r][v]));
        }
      return;
    }
    const auto mask = Simd::mask(columns - (Vectors - 1) * lanes);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        T* at = c.data + r * c.row + v * lanes;
        const bool masked = v == Vectors - 1 && !full;
        V value = Simd::mul(alphas, sum[r][v]);
        if (beta != 0) value = Simd::fma(betas, masked ? Simd::load(at, mask) : Simd::load(at), value);
        masked ? Simd::store(at, value, mask) : Simd::store(at, value);
      }
  }

  template <class Input>
  using Microkernel = void (*)(std::int64_t, const Input&, const Target&);
  template <class Input, std::size_t... Index>
  static constexpr auto microkernels(std::index_sequence<Index...>) {
    return std::array<Microkernel<Input>, sizeof...(Index)>{
        microkernel<Input, 1 + Index / MaxVectors, 1 + Index % MaxVectors>...};
  }
  template <class Input>
  static void multiply_tile(std::int64_t rows, std::int64_t vectors, std::int64_t depth, const Input& input,
                            const Target& target) {
    static constexpr auto all = microkernels<Input>(std::make_index_sequence<MaxRows * MaxVectors>{});
    all[static_cast<std::size_t>((rows - 1) * MaxVectors + vectors - 1)](depth, input, target);
  }

  template <int Vectors = MaxVectors>
  static void pack_columns(const View<T>& view, std::int64_t vectors, std::int64_t width, std::int64_t depth,
                           T* to) {
    if constexpr (Vectors > 1)
      if (vectors < Vectors) return pack_columns<Vectors - 1>(view, vectors, width, depth, to);
    pack_panel<transposed_block, Vectors * lanes>(view, width, depth, to);
  }
  static constexpr int transposed_block = std::bit_floor(std::min<unsigned>(MaxRows, lanes));

  template <class SourceA, class SourceB>
  struct Job {
    std::int64_t m, n, k;
    T alpha, beta;
    SourceA a;
    SourceB b;
    OutputView<T> c;
    std::byte* workspace;
    Blocking cut;

    // With all of the threads, whatever the cut needs: blocking.hpp says why.
    void start(int threads) const {
      if (cut.cells() == 1) return work(0, 1);
#pragma omp parallel num_threads(threads)
      work(omp_get_thread_num(), omp_get_num_threads());
    }

    /// Every panel of A, or else of B, in the order of a PackedSource.
    void pack_all(bool rows, T* to) const {
      for (std::int64_t s = 0; s < cut.slices; ++s) {
        const Range slice = part(k, cut.slices, s);
        for (std::int64_t i = 0; i < (rows ? cut.row_panels : cut.col_panels); ++i)
          rows ? pack_row_panel(i, slice, nullptr, to + row_offset(i, slice))
               : pack_col_panel(i, slice, nullptr, to + col_offset(i, slice));
      }
    }

   private:
    static constexpr bool a_is_packed = std::is_same_v<SourceA, PackedSource<T>>;
    static constexpr bool b_is_packed = std::is_same_v<SourceB, PackedSource<T>>;

    // Where a panel lies in an operand that is packed as a whole.
    std::int64_t row_offset(std::int64_t panel, Range slice) const {
      return MaxRows * (slice.first * cut.row_panels + panel * slice.size());
    }
    std::int64_t col_offset(std::int64_t panel, Range slice) const {
      return lanes * (slice.first * cut.vectors + vectors_of(panel).first * slice.size());
    }
    std::byte* own_workspace(int thread) const {
      return workspace + 2 * cut.a_bytes + thread * (cut.b_bytes + cut.stage_bytes);
    }
    Range rows_of(std::int64_t panel) const { return part(m, cut.row_panels, panel); }
    Range vectors_of(std::int64_t panel) const { return part(cut.vectors, cut.col_panels, panel); }

    // The system may grant fewer threads than there are cells, and the team may have more: those only wait.
    void work(int thread, int team) const {
      const int workers = std::min(team, cut.cells());
      std::int64_t step = 0;
      for (std::int64_t block = 0; block < cut.row_blocks; ++block)
        for (std::int64_t s = 0; s < cut.slices; ++s, ++step) {
          const Range panels = part(cut.row_panels, cut.row_blocks, block);
          const Range slice = part(k, cut.slices, s);
          const T* packed = nullptr;
          if constexpr (a_is_packed)
            packed = a.panels + row_offset(panels.first, slice);
          else
            packed = pack_block(step, panels, slice, thread, team);
          for (int cell = thread; cell < cut.cells(); cell += workers) {
            const Range down = part(panels.size(), cut.grid_rows, cell / cut.grid_cols);
            const Range across = part(cut.col_panels, cut.grid_cols, cell % cut.grid_cols);
            for (std::int64_t q = across.first; q < across.last; q += cut.nc_panels)
              multiply({panels.first + down.first, panels.first + down.last},
                       {q, std::min(q + cut.nc_panels, across.last)}, slice,
                       packed + down.first * MaxRows * slice.size(), thread);
          }
        }
    }

    // Two buffers, so that one barrier a step is enough: whoever packs the next block writes where everybody
    // has finished reading.
    const T* pack_block(std::int64_t step, Range panels, Range slice, int thread, int team) const {
      T* packed = reinterpret_cast<T*>(workspace + (step % 2) * cut.a_bytes);
      if (const int workers = std::min(team, cut.cells()); thread < workers) {
        T* stage = reinterpret_cast<T*>(own_workspace(thread) + cut.b_bytes);
        const Range mine = part(panels.size(), workers, thread);
        for (std::int64_t i = mine.first; i < mine.last; ++i)
          pack_row_panel(panels.first + i, slice, stage, packed + i * MaxRows * slice.size());
      }
      if (team > 1) {
#pragma omp barrier
      }
      return packed;
    }
    void pack_row_panel(std::int64_t panel, Range slice, T* stage, T* to) const {
      const Range rows = rows_of(panel);
      pack_panel<transposed_block, MaxRows>(
          a.panel(rows.first, rows.size(), slice.first, slice.size(), stage), rows.size(), slice.size(), to);
    }
    void pack_col_panel(std::int64_t panel, Range slice, T* stage, T* to) const {
      const Range vectors = vectors_of(panel);
      const std::int64_t j = vectors.first * lanes, width = std::min(vectors.last * lanes, n) - j;
      pack_columns(b.panel(j, width, slice.first, slice.size(), stage), vectors.size(), width, slice.size(),
                   to);
    }

    void multiply(Range row_panels, Range col_panels, Range slice, const T* packed_a, int thread) const {
      const std::int64_t depth = slice.size(), first_vector = vectors_of(col_panels.first).first;
      const T* packed_b = nullptr;
      if constexpr (b_is_packed) {
        packed_b = b.panels + col_offset(col_panels.first, slice);
      } else {
        std::byte* own = own_workspace(thread);
        T *buffer = reinterpret_cast<T*>(own), *stage = reinterpret_cast<T*>(own + cut.b_bytes);
        for (std::int64_t q = col_panels.first; q < col_panels.last; ++q)
          pack_col_panel(q, slice, stage, buffer + (vectors_of(q).first - first_vector) * lanes * depth);
        packed_b = buffer;
      }
      const auto packed_panel = [&](Range vectors) {
        return packed_b + (vectors.first - first_vector) * lanes * depth;
      };
      const T slice_beta = slice.first == 0 ? beta : T{1};
      for (std::int64_t r = row_panels.first; r < row_panels.last; ++r) {
        const Range rows = rows_of(r);
        const T* next_panel = packed_a + (r + 1 - row_panels.first) * MaxRows * depth;
        for (std::int64_t q = col_panels.first; q < col_panels.last; ++q) {
          const Range vectors = vectors_of(q);
          const std::int64_t j = vectors.first * lanes;
          multiply_tile(rows.size(), vectors.size(), depth,
                        Packed{packed_a + (r - row_panels.first) * MaxRows * depth, packed_panel(vectors)},
                        {alpha,
                         slice_beta,
                         {c.data + rows.first * c.row + j * c.col, c.row, c.col},
                         std::min(vectors.last * lanes, n) - j,
                         next_panel + part(MaxRows * depth, col_panels.size(), q - col_panels.first).first});
        }
      }
    }
  };
};

}  // namespace
}  // namespace gemmark
