// From a warpgroup's accumulators to global memory, without a detour through shared memory.
//
// A thread holds two neighbouring columns of every eight. Written like that, 16-bit outputs would leave in
// pieces of four bytes; the four threads that share a row first trade their pairs among themselves (a 4×4
// transposition in four shuffles), after which each owns eight columns: one store of 16 bytes, 64 a row.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "kernels/api/kernel.hpp"

namespace gemmark::wgmma {

template <class Out>
struct Output {
  Out* c;
  std::int64_t ldc, batch_stride;
  int m, n;
  float alpha, beta;
  bool wide;  ///< every row starts on 16 bytes, and beta = 0
};

template <class Out>
Output<Out> output(const Gemm& g, const Operands& operands) {
  const Shape& c = operands.out.shape;
  const bool aligned = reinterpret_cast<std::uintptr_t>(operands.out.data) % 16 == 0 &&
                       c.stride[1] * sizeof(Out) % 16 == 0 && c.stride[0] * sizeof(Out) % 16 == 0;
  return {operands.out.as<Out>(),     c.stride[1],           c.stride[0],
          static_cast<int>(g.m),      static_cast<int>(g.n), static_cast<float>(g.alpha),
          static_cast<float>(g.beta), g.beta == 0 && aligned};
}

__device__ inline void convert(float value, __nv_bfloat16& to) { to = __float2bfloat16_rn(value); }
__device__ inline void convert(float value, __half& to) { to = __float2half_rn(value); }
__device__ inline void convert(float value, float& to) { to = value; }
__device__ inline float as_float(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline float as_float(__half value) { return __half2float(value); }
__device__ inline float as_float(float value) { return value; }

/// alpha·sum + beta·old; integers go through fp64, which holds them exactly.
template <class Out>
__device__ inline void combine(float sum, const Output<Out>& out, Out* to) {
  const float scaled = out.alpha * sum;
  convert(out.beta != 0 ? scaled + out.beta * as_float(*to) : scaled, *to);
}
__device__ inline void combine(int sum, const Output<int>& out, int* to) {
  if (out.alpha == 1 && out.beta == 0)
    *to = sum;
  else
    *to = static_cast<int>(rint(static_cast<double>(out.alpha) * sum +
                                (out.beta != 0 ? static_cast<double>(out.beta) * *to : 0)));
}

template <class Out>
__device__ inline std::uint32_t packed(float low, float high) {
  Out pair[2];
  convert(low, pair[0]), convert(high, pair[1]);
  std::uint32_t word;
  memcpy(&word, pair, sizeof word);
  return word;
}

/// Word q of thread p of every four goes to word p of thread q.
__device__ inline void trade(std::uint32_t (&word)[4], int lane) {
  const bool odd = lane & 1, upper = lane & 2;
#pragma unroll
  for (int i = 0; i < 4; i += 2) {
    const std::uint32_t got = __shfl_xor_sync(~0u, odd ? word[i] : word[i + 1], 1);
    (odd ? word[i] : word[i + 1]) = got;
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t got = __shfl_xor_sync(~0u, upper ? word[i] : word[i + 2], 2);
    (upper ? word[i] : word[i + 2]) = got;
  }
}

/// The same for 16-bit outputs whose rows start on 16 bytes; row0 and col0 are the thread's and the tile's.
template <int columns, class Sum, class Out>
__device__ inline void store_wide(const Sum (&d)[columns / 2], const Output<Out>& out, Out* c, int row0,
                                  int col0, int lane) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = row0 + 8 * h;
#pragma unroll
    for (int group = 0; group < columns / 32; ++group) {
      std::uint32_t word[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int at = (group * 4 + i) * 4 + 2 * h;
        word[i] = packed<Out>(out.alpha * d[at], out.alpha * d[at + 1]);
      }
      trade(word, lane);
      const int col = col0 + group * 32 + lane % 4 * 8;
      if (row >= out.m) continue;
      Out* to = c + row * out.ldc + col;
      if (col + 8 <= out.n) {
        *reinterpret_cast<uint4*>(to) = make_uint4(word[0], word[1], word[2], word[3]);
      } else {
#pragma unroll
        for (int e = 0; e < 8; ++e)
          if (col + e < out.n)
            reinterpret_cast<std::uint16_t*>(to)[e] = static_cast<std::uint16_t>(word[e / 2] >> (e % 2 * 16));
      }
    }
  }
}

/// And for 32-bit ones: of two neighbouring groups of eight columns, even threads take the first, odd ones
/// the second, four columns each.
template <int columns, class Sum, class Out>
__device__ inline void store_pairs(const Sum (&d)[columns / 2], const Output<Out>& out, Out* c, int row0,
                                   int col0, int lane) {
  const bool odd = lane & 1;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = row0 + 8 * h;
#pragma unroll
    for (int group = 0; group < columns / 16; ++group) {
      Out mine[4];
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        Out first, second;
        combine(d[group * 8 + 2 * h + e], out, &first);
        combine(d[group * 8 + 4 + 2 * h + e], out, &second);
        const Out got = __shfl_xor_sync(~0u, odd ? first : second, 1);
        mine[e] = odd ? got : first, mine[2 + e] = odd ? second : got;
      }
      const int col = col0 + group * 16 + (odd ? 8 : 0) + lane % 4 / 2 * 4;
      if (row >= out.m) continue;
      Out* to = c + row * out.ldc + col;
      if (col + 4 <= out.n) {
        uint4 words;
        memcpy(&words, mine, sizeof words);
        *reinterpret_cast<uint4*>(to) = words;
      } else {
#pragma unroll
        for (int e = 0; e < 4; ++e)
          if (col + e < out.n) to[e] = mine[e];
      }
    }
  }
}

/// Writes a 64×columns tile at (row0, col0); `thread` counts within the warpgroup.
template <int columns, class Sum, class Out>
__device__ inline void store_tile(const Sum (&d)[columns / 2], const Output<Out>& out, Out* c, int row0,
                                  int col0, int thread) {
  const int lane = thread % 32;
  row0 += thread / 32 * 16 + lane / 4;
  if constexpr (sizeof(Out) == 2) {
    if (out.wide) return store_wide<columns>(d, out, c, row0, col0, lane);
  }
  if constexpr (sizeof(Out) == 4) {
    if (out.wide) return store_pairs<columns>(d, out, c, row0, col0, lane);
  }
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = row0 + 8 * h;
    if (row >= out.m) continue;
#pragma unroll
    for (int j = 0; j < columns / 8; ++j) {
      const int col = col0 + j * 8 + lane % 4 * 2;
      Out* to = c + row * out.ldc + col;
      if (col < out.n) combine(d[j * 4 + 2 * h], out, to);
      if (col + 1 < out.n) combine(d[j * 4 + 2 * h + 1], out, to + 1);
    }
  }
}

}  // namespace gemmark::wgmma
