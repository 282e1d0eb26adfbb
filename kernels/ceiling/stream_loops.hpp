// Read, copy and triad for any vector type of kernels/gemm/simd_*.hpp. To be included after
// GEMMARK_ISA_BEGIN, stream.hpp before.
#pragma once

#include "kernels/ceiling/stream.hpp"

namespace gemmark {
namespace {

template <class Simd>
struct Streams {
  using V = typename Simd::Vector;
  static constexpr int step = 8;  // vectors in flight: hides the latency of the additions

  static void read(double*, const double* a, const double*, std::int64_t count) {
    V sum[step];
    for (V& s : sum) s = Simd::zero();
    for (std::int64_t i = 0; i < count; i += step * Simd::lanes)
#pragma GCC unroll 8
      for (int v = 0; v < step; ++v) sum[v] = sum[v] + Simd::load(a + i + v * Simd::lanes);
    for (V& s : sum) asm volatile("" : : "m"(s));
  }

  template <bool Streaming>
  static void put(double* to, V value) {
    if constexpr (Streaming)
      Simd::stream(to, value);
    else
      Simd::store(to, value);
  }
  template <bool Streaming>
  static void copy(double* c, const double* a, const double*, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += step * Simd::lanes)
#pragma GCC unroll 8
      for (int v = 0; v < step; ++v)
        put<Streaming>(c + i + v * Simd::lanes, Simd::load(a + i + v * Simd::lanes));
    finish();
  }
  template <bool Streaming>
  static void triad(double* c, const double* a, const double* b, std::int64_t count) {
    const V scale = Simd::broadcast(3.0);
    for (std::int64_t i = 0; i < count; i += step * Simd::lanes)
#pragma GCC unroll 8
      for (int v = 0; v < step; ++v) {
        const std::int64_t at = i + v * Simd::lanes;
        put<Streaming>(c + at, Simd::fma(scale, Simd::load(b + at), Simd::load(a + at)));
      }
    finish();
  }
  // Memory counts as read by somebody unknown, so that no pass can be left out.
  static void finish() { asm volatile("" : : : "memory"); }
};

// Tables and no functions: whoever builds the ceilings may be on a CPU without these instructions.
template <class Simd>
constexpr std::array cached_streams{StreamLoop{"read", 1, Streams<Simd>::read},
                                    StreamLoop{"copy", 2, Streams<Simd>::template copy<false>},
                                    StreamLoop{"triad", 3, Streams<Simd>::template triad<false>}};
template <class Simd>
constexpr std::array streaming_streams{StreamLoop{"copy_streaming", 2, Streams<Simd>::template copy<true>},
                                       StreamLoop{"triad_streaming", 3, Streams<Simd>::template triad<true>}};

}  // namespace
}  // namespace gemmark
