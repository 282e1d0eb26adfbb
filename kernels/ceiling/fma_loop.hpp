// The register-only multiply-add loop, for any vector type of kernels/gemm/simd_*.hpp.
//
// Each chain waits for itself only: with latency × throughput chains or more the units never idle. Several
// counts are offered because neither figure is known beforehand. tests/kernels/check_ceiling_loops.py counts
// the instructions in the compiled loop. To be included after GEMMARK_ISA_BEGIN, compute.hpp before.
#pragma once

#include "kernels/ceiling/compute.hpp"

namespace gemmark {
namespace {

// Reads and writes count as unknown to the compiler, so that it can neither fold nor drop what it computes.
template <class T>
volatile T opaque_cell;

template <class T>
T opaque(T value) {
  opaque_cell<T> = value;
  return opaque_cell<T>;
}

template <class Simd, int Chains>
void fma_loop(std::int64_t rounds) {
  using T = typename Simd::Element;
  using V = typename Simd::Vector;
  // x ← x·a + b with a < 1 stays near b / (1 − a): neither zero nor infinity, all mantissa bits in motion.
  const V a = Simd::broadcast(opaque(T(0.99))), b = Simd::broadcast(opaque(T(0.0123)));
  V x[Chains];
  for (int c = 0; c < Chains; ++c) x[c] = Simd::broadcast(opaque(T(1 + c)));
#pragma GCC unroll 1
  for (std::int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 32
    for (int c = 0; c < Chains; ++c) x[c] = Simd::fma(x[c], a, b);
  for (int c = 0; c < Chains; ++c) {
    T lanes[Simd::lanes];
    Simd::store(lanes, x[c]);
    for (const T lane : lanes) opaque(lane);
  }
}

// A table and no function: whoever builds the ceilings may be on a CPU without these instructions.
template <class Simd, int... Chains>
constexpr std::array fma_loops{ComputeLoop{fma_loop<Simd, Chains>, Chains, 2.0 * Simd::lanes}...};

}  // namespace
}  // namespace gemmark
