// Makes a compiled tiling of the persistent kernel into a Variant that the host can choose and launch.
#pragma once

#include "kernels/gemm/wgmma_host.hpp"
#include "kernels/gemm/wgmma_persistent.cuh"

// All of it static, like the kernel: merged across files, one file's launch would meet another's kernel.
namespace gemmark::wgmma {

template <class Types, class Out, class Tile, bool a_mn_major, bool b_mn_major>
static void launch(const cudaLaunchConfig_t& config, const CUtensorMap& a, const CUtensorMap& b,
                   const Gemm& g, const Variant& variant, const Operands& operands) {
  const Schedule schedule{static_cast<int>(ceil_div(g.m, Tile::m * Tile::cluster_m)),
                          static_cast<int>(ceil_div(g.n, Tile::n * Tile::cluster_n)),
                          static_cast<int>(g.batch),
                          variant.group,
                          static_cast<int>(ceil_div(g.k, Types::k * 4)),
                          (variant.a_box - variant.rows_of_a(g)) * Tile::k_bytes};
  GEMMARK_CUDA_CHECK(cudaLaunchKernelEx(&config, persistent<Types, Out, Tile, a_mn_major, b_mn_major>, a, b,
                                        schedule, output<Out>(g, operands)));
}

template <class Types, class Out, class Tile, bool ta, bool tb>
static Variant variant(Precision precision, double efficiency, int group = 8) {
  constexpr bool a_mn = ta, b_mn = !tb;
  return {precision,
          ta,
          tb,
          Tile::n,
          Tile::stages,
          Tile::cluster_m,
          Tile::cluster_n,
          a_mn ? Types::k * 4 : Tile::m / Tile::cluster_n,
          b_mn ? Types::k * 4 : Tile::n / Tile::cluster_m,
          Tile::shared_bytes,
          efficiency,
          group,
          launch<Types, Out, Tile, a_mn, b_mn>,
          reinterpret_cast<const void*>(persistent<Types, Out, Tile, a_mn, b_mn>)};
}

}  // namespace gemmark::wgmma
