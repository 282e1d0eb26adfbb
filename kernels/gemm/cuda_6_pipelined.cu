// Warp tiles, a pipeline of cp.async, and as many products a read as registers allow.
//
// A thread computes 8×16 outputs, a warp 64×64: 24 16-byte reads of shared memory for 512 multiply-adds.
// Slices of 16 steps of k arrive by cp.async in four stages, with one barrier each and no registers in
// between. What lies along k is not transposed: a thread reads four steps of k of one row, and the pieces are
// permuted within their rows so that the rows of a warp fall on different banks. Blocks are walked in groups
// for L2's sake.
//
// Cost: 192 registers a thread for sums and factors, so one block of eight warps a multiprocessor; what
// limits it is issue slots: 512 FFMA to 24 LDS and the copies' few.
#include "kernels/gemm/cuda_warp_tile.cuh"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] {
      using Tile = warp_tile::Tiling<2, 4, 8, 16, 16, 4, 1>;
      Kernel kernel = cuda_gemm({.summary = "warp tiles, four-stage cp.async pipeline"},
                                {.fp32 = warp_tile::launch<Tile>, .set_up = warp_tile::set_up<Tile>});
      kernel.supports = [any = kernel.supports](const Problem& problem, const Device& device) {
        const auto& g = std::get<Gemm>(problem);
        if (Support usual = any(problem, device); !usual) return usual;
        if (std::max(g.lda(), g.ldb()) > Tile::longest_row)
          return Support::no("rows of more than " + std::to_string(Tile::longest_row) + " elements");
        return extents_below(g, 30);
      };
      return kernel;
    }};

}  // namespace gemmark
