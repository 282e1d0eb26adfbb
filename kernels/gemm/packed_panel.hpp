// A panel of an operand copied into the order in which the microkernel of packed.hpp reads it.
// To be included like packed.hpp.
#pragma once

#include "kernels/gemm/packed_deps.hpp"

namespace gemmark {
namespace {

/// Transposes N×N elements in registers by exchanging ever larger blocks (Eklundh 1972).
template <class T, int N>
struct Transposer {
  typedef T Vector __attribute__((vector_size(N * sizeof(T))));

  template <int Step, std::size_t... Lane>
  static void exchange(Vector (&rows)[N], std::index_sequence<Lane...>) {
    for (int i = 0; i < N; ++i) {
      if (i & Step) continue;
      const Vector upper = rows[i], lower = rows[i + Step];
      rows[i] = __builtin_shufflevector(upper, lower, (Lane & Step ? Lane + N - Step : Lane)...);
      rows[i + Step] = __builtin_shufflevector(upper, lower, (Lane & Step ? Lane + N : Lane + Step)...);
    }
  }
  template <int Step>
  static void exchange_from(Vector (&rows)[N]) {
    if constexpr (Step < N) {
      exchange<Step>(rows, std::make_index_sequence<N>{});
      exchange_from<2 * Step>(rows);
    }
  }
  static void run(const T* from, std::int64_t from_stride, T* to, std::int64_t to_stride) {
    Vector rows[N];
    for (int i = 0; i < N; ++i) std::memcpy(&rows[i], from + i * from_stride, sizeof(Vector));
    exchange_from<1>(rows);
    for (int i = 0; i < N; ++i) std::memcpy(to + i * to_stride, &rows[i], sizeof(Vector));
  }
};

/// to[p·Stride + o] = view(o, p) for o < width, zero for the rest of Stride.
template <int Block, std::int64_t Stride, class T>
void pack_panel(const View<T>& view, std::int64_t width, std::int64_t depth, T* __restrict to) {
  if (view.outer == 1 && width == Stride) {
    // The panel next to this one is fetched meanwhile: its rows are over before the hardware has seen where
    // they lead.
    constexpr std::int64_t line = 64 / sizeof(T);
    for (std::int64_t p = 0; p < depth; ++p) {
      for (std::int64_t i = 0; i < Stride; i += line) __builtin_prefetch(&view.at(Stride + i, p), 0, 2);
      std::memcpy(to + p * Stride, view.data + p * view.depth, sizeof(T) * Stride);
    }
    return;
  }
  std::int64_t o = 0;
  if (view.depth == 1)
    for (; o + Block <= width; o += Block) {
      std::int64_t p = 0;
      for (; p + Block <= depth; p += Block)
        Transposer<T, Block>::run(&view.at(o, p), view.outer, to + p * Stride + o, Stride);
      for (; p < depth; ++p)
        for (std::int64_t i = 0; i < Block; ++i) to[p * Stride + o + i] = view.at(o + i, p);
    }
  for (std::int64_t p = 0; p < depth; ++p) {
    for (std::int64_t i = o; i < width; ++i) to[p * Stride + i] = view.at(i, p);
    for (std::int64_t i = width; i < Stride; ++i) to[p * Stride + i] = 0;
  }
}

}  // namespace
}  // namespace gemmark
