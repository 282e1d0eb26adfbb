// How many operations a second the tile unit allows: 16×16 sums, each instruction adding products 32 deep
// (bf16) or 64 deep (int8).
//
// Written as assembler throughout, because g++ 12's _tile_loadconfig() tells the compiler of 8 of the 64
// bytes that it reads, and the rest may not have been written yet.
#include <algorithm>
#include <cstdint>

#include "kernels/ceiling/compute.hpp"

namespace gemmark {
namespace {

struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);

constexpr int chains = 6;  // tiles 0 … 5 hold sums, 6 and 7 the operands

template <bool Int8>
void tile_loop(std::int64_t rounds) {
  const TileConfig config;
  alignas(64) std::uint16_t operand[16 * 32], sums[16 * 32];
  std::fill_n(operand, 16 * 32, std::uint16_t{0x3c24});  // bf16 0.01
  constexpr std::int64_t row = 64;                       // bytes
  asm volatile("ldtilecfg %0" : : "m"(config));
  asm volatile(
      "tileloadd (%0,%1,1), %%tmm6\n\ttileloadd (%0,%1,1), %%tmm7\n\t"
      "tilezero %%tmm0\n\ttilezero %%tmm1\n\ttilezero %%tmm2\n\t"
      "tilezero %%tmm3\n\ttilezero %%tmm4\n\ttilezero %%tmm5"
      :
      : "r"(operand), "r"(row)
      : "memory");
#pragma GCC unroll 1
  for (std::int64_t i = 0; i < rounds; ++i)
    if constexpr (Int8)
      asm volatile(
          "tdpbssd %tmm7, %tmm6, %tmm0\n\ttdpbssd %tmm7, %tmm6, %tmm1\n\ttdpbssd %tmm7, %tmm6, %tmm2\n\t"
          "tdpbssd %tmm7, %tmm6, %tmm3\n\ttdpbssd %tmm7, %tmm6, %tmm4\n\ttdpbssd %tmm7, %tmm6, %tmm5");
    else
      asm volatile(
          "tdpbf16ps %tmm7, %tmm6, %tmm0\n\ttdpbf16ps %tmm7, %tmm6, %tmm1\n\t"
          "tdpbf16ps %tmm7, %tmm6, %tmm2\n\ttdpbf16ps %tmm7, %tmm6, %tmm3\n\t"
          "tdpbf16ps %tmm7, %tmm6, %tmm4\n\ttdpbf16ps %tmm7, %tmm6, %tmm5");
  asm volatile("tilestored %%tmm0, (%0,%1,1)\n\ttilerelease" : : "r"(sums), "r"(row) : "memory");
}

constexpr std::int64_t instructions = 256 << 10;  // of 16 cycles each: 2 ms
constexpr std::array bf16_loops{ComputeLoop{tile_loop<false>, chains, 2.0 * 16 * 16 * 32, instructions}};
constexpr std::array int8_loops{ComputeLoop{tile_loop<true>, chains, 2.0 * 16 * 16 * 64, instructions}};

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{
          compute_ceiling("amx_tiles", Precision::bf16, "16x16 sums of products 32 deep", bf16_loops),
          compute_ceiling("amx_tiles", Precision::int8, "16x16 sums of products 64 deep", int8_loops)};
    }};

}  // namespace gemmark
