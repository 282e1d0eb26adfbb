// What the kernels for w4a16 share: the operands as a warp holds them, weights unpacked to fp16 integers and
// activations in the order that this gives the weights, and their product for a group.
#pragma once

#include <cuda_fp16.h>

#include <cstdint>

#include "kernels/api/dtype.hpp"
#include "kernels/gemm/device_gemm.hpp"
#include "kernels/gemm/wgmma_epilogue.cuh"

namespace gemmark::w4a16 {

struct Args {
  std::int64_t m, n, k;
  const __half* a;
  std::int64_t lda, a_batch;
  const std::byte* b;
  std::int64_t b_row_bytes, b_batch_bytes;
  __half* c;
  std::int64_t ldc, c_batch;
  float alpha, beta;
};

/// Weights 0…7 of a word as pairs (0,4), (1,5), (2,6), (3,7) of exact fp16 integers.
__device__ __forceinline__ void unpack(std::uint32_t word, std::uint32_t (&pair)[4]) {
  const auto as_half2 = [](std::uint32_t bits) { return *reinterpret_cast<const __half2*>(&bits); };
  const auto masked = [](std::uint32_t w, std::uint32_t mask) {  // (w & mask) | 0x6400 twice
    std::uint32_t v;
    asm("lop3.b32 %0, %1, %2, %3, 0xea;" : "=r"(v) : "r"(w), "r"(mask), "r"(0x64006400u));
    return v;
  };
  const auto low = [&](std::uint32_t w) {  // 1024 + w
    const __half2 v = __hsub2(as_half2(masked(w, 0x000f000fu)), as_half2(0x64086408u));
    return *reinterpret_cast<const std::uint32_t*>(&v);
  };
  const auto high = [&](std::uint32_t w) {  // 1024 + 16w, times 1/16, minus 64 + 8
    const __half2 v = __hfma2(as_half2(masked(w, 0x00f000f0u)), as_half2(0x2c002c00u), as_half2(0xd480d480u));
    return *reinterpret_cast<const std::uint32_t*>(&v);
  };
  pair[0] = low(word), pair[1] = high(word);
  pair[2] = low(word >> 8), pair[3] = high(word >> 8);
}

/// Eight activations as the pairs that unpack() makes of eight weights.
__device__ __forceinline__ void pair_up(std::uint32_t (&word)[4]) {
  const std::uint32_t w0 = word[0], w1 = word[1], w2 = word[2], w3 = word[3];
  word[0] = __byte_perm(w0, w2, 0x5410), word[1] = __byte_perm(w0, w2, 0x7632);
  word[2] = __byte_perm(w1, w3, 0x5410), word[3] = __byte_perm(w1, w3, 0x7632);
}

/// A lane's 32 activations of one row of A and one group: first as they are loaded, four neighbouring lanes
/// 64 bytes at a time; then its own 64 bytes, in the order of the weights' pairs.
template <bool wide>
struct Activations {
  std::uint32_t word[16];

  __device__ void load(const Args& g, const __half* a, std::int64_t row, std::int64_t k0, int within) {
    const __half* from = a + row * g.lda + k0 + within * 8;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      uint4 four{};
      const std::int64_t left = row < g.m ? g.k - k0 - within * 8 - 32 * i : 0;
      if constexpr (wide) {
        if (left > 0) four = *reinterpret_cast<const uint4*>(from + 32 * i);
      } else {
        __half eight[8];
#pragma unroll
        for (int e = 0; e < 8; ++e) eight[e] = e < left ? from[32 * i + e] : __half{};
        memcpy(&four, eight, sizeof four);
      }
      word[4 * i] = four.x, word[4 * i + 1] = four.y, word[4 * i + 2] = four.z, word[4 * i + 3] = four.w;
    }
  }
  __device__ void settle(int lane) {
#pragma unroll
    for (int w = 0; w < 4; ++w) {
      std::uint32_t column[4] = {word[w], word[4 + w], word[8 + w], word[12 + w]};
      wgmma::trade(column, lane);
#pragma unroll
      for (int i = 0; i < 4; ++i) word[4 * i + w] = column[i];
    }
#pragma unroll
    for (int i = 0; i < 16; i += 4) pair_up(reinterpret_cast<std::uint32_t(&)[4]>(word[i]));
  }
};

/// At a named barrier: waits until all `threads` have come, or only says that this warp has.
template <int threads>
__device__ __forceinline__ void meet(int barrier) {
  asm volatile("barrier.sync %0, %1;" ::"r"(barrier), "n"(threads) : "memory");
}
template <int threads>
__device__ __forceinline__ void announce(int barrier) {
  asm volatile("barrier.arrive %0, %1;" ::"r"(barrier), "n"(threads) : "memory");
}

__device__ __forceinline__ uint4 load_shared(std::uint32_t at) {
  uint4 v;
  asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "r"(at)
               : "memory");
  return v;
}
/// Two scales that lie side by side.
__device__ __forceinline__ float2 load_two(std::uint32_t at) {
  std::uint32_t both;
  asm volatile("ld.shared.u32 %0, [%1];" : "=r"(both) : "r"(at) : "memory");
  return __half22float2(*reinterpret_cast<const __half2*>(&both));
}

/// Copies bytes (a multiple of 16) to shared memory; they are counted at `barrier`.
__device__ __forceinline__ void bulk_copy(std::uint32_t to, const std::byte* from, int bytes,
                                          std::uint32_t barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
      "l"(from), "r"(bytes), "r"(barrier)
      : "memory");
}

__device__ __forceinline__ void multiply(float (&sum)[4], const std::uint32_t (&a)[4], std::uint32_t x0,
                                         std::uint32_t x1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(x0), "r"(x1));
}

/// Adds the product of a group of 16 rows, `row_pitch` bytes apart, a lane's part of which starts at `at`,
/// with the activations.
template <int row_pitch, int columns, bool wide>
__device__ __forceinline__ void multiply_group(const std::byte* at, const std::byte* scales,
                                               const Activations<wide> (&x)[columns],
                                               float (&sum)[columns][4]) {
  const uint4 low4 = *reinterpret_cast<const uint4*>(at);
  const uint4 high4 = *reinterpret_cast<const uint4*>(at + 8 * row_pitch);
  const float scale_low = __half2float(*reinterpret_cast<const __half*>(scales));
  const float scale_high = __half2float(*reinterpret_cast<const __half*>(scales + 8 * row_pitch));
  const std::uint32_t low[4] = {low4.x, low4.y, low4.z, low4.w};
  const std::uint32_t high[4] = {high4.x, high4.y, high4.z, high4.w};
  float of_group[columns][4] = {};
#pragma unroll
  for (int word = 0; word < 4; ++word) {
    std::uint32_t low_pairs[4], high_pairs[4];
    unpack(low[word], low_pairs), unpack(high[word], high_pairs);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const std::uint32_t a[4] = {low_pairs[2 * half], high_pairs[2 * half], low_pairs[2 * half + 1],
                                  high_pairs[2 * half + 1]};
#pragma unroll
      for (int c = 0; c < columns; ++c)
        multiply(of_group[c], a, x[c].word[word * 4 + half * 2], x[c].word[word * 4 + half * 2 + 1]);
    }
  }
#pragma unroll
  for (int c = 0; c < columns; ++c) {
    sum[c][0] += scale_low * of_group[c][0], sum[c][1] += scale_low * of_group[c][1];
    sum[c][2] += scale_high * of_group[c][2], sum[c][3] += scale_high * of_group[c][3];
  }
}

/// Writes one output from its sum of products.
__device__ __forceinline__ void write(const Args& g, std::int64_t batch, std::int64_t m, std::int64_t n,
                                      float sum) {
  __half* to = g.c + batch * g.c_batch + m * g.ldc + n;
  const float scaled = g.alpha * sum;
  *to = __float2half_rn(g.beta != 0 ? scaled + g.beta * __half2float(*to) : scaled);
}

/// The layouts and extents that all of these kernels take: a block has at least 16 rows of weights.
inline Support fits(const Gemm& g) {
  if (g.ta || !g.tb) return Support::no("reads activations and weights along k only (ta=0 tb=1)");
  if (g.batch > 65535 || g.n > 65535 * std::int64_t{16}) return Support::no("is too large for one launch");
  return Support::yes();
}

/// As few tiles of 16 rows of weights a block, at most `most`, as keep the multiprocessors busy for a whole
/// number of rounds; every tile is `others` blocks' work.
inline std::int64_t tiles_a_block(std::int64_t tiles, int most, std::int64_t others, int multiprocessors) {
  const std::int64_t rounds = ceil_div(ceil_div(tiles, most) * others, multiprocessors);
  return ceil_div(tiles, rounds * multiprocessors / others);
}

inline Args args_of(const Gemm& g, const Operands& operands) {
  return {g.m,
          g.n,
          g.k,
          operands.in[0].as<__half>(),
          g.lda(),
          operands.in[0].shape.stride[0],
          operands.in[1].data,
          storage_bytes(Dtype::w4, g.ldb()),
          storage_bytes(Dtype::w4, operands.in[1].shape.stride[0]),
          operands.out.as<__half>(),
          g.ldc(),
          operands.out.shape.stride[0],
          static_cast<float>(g.alpha),
          static_cast<float>(g.beta)};
}

}  // namespace gemmark::w4a16
