// How many operations a second Tensor cores allow to WMMA's shapes.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <mma.h>

#include "kernels/ceiling/mma_loop.cuh"

namespace gemmark {
namespace {

/// `Stored` is what lies in memory, `Element` what WMMA calls it.
template <Dtype type, class Stored, class Element, class SumType, int m, int n, int k>
struct WmmaOp {
  static constexpr Dtype dtype = type;
  static constexpr double flops = 2.0 * m * n * k;
  using Result = SumType;
  using A = nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, m, n, k, Element, nvcuda::wmma::row_major>;
  using B = nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, m, n, k, Element, nvcuda::wmma::col_major>;
  using Sum = nvcuda::wmma::fragment<nvcuda::wmma::accumulator, m, n, k, SumType>;

  static __device__ void load_a(A& a, const std::byte* from, int i) {
    nvcuda::wmma::load_matrix_sync(a, reinterpret_cast<const Stored*>(operand<WmmaOp>(from, i)), k);
  }
  static __device__ void load_b(B& b, const std::byte* from, int i) {
    nvcuda::wmma::load_matrix_sync(b, reinterpret_cast<const Stored*>(operand<WmmaOp>(from, 2 + i)), k);
  }
  static __device__ void clear(Sum& sum) { nvcuda::wmma::fill_fragment(sum, SumType(0)); }
  static __device__ void multiply(Sum& sum, const A& a, const B& b) {
    nvcuda::wmma::mma_sync(sum, a, b, sum);
  }
  static __device__ SumType first(const Sum& sum) {
    SumType total = 0;
#pragma unroll
    for (int i = 0; i < sum.num_elements; ++i) total = total + sum.x[i];
    return total;
  }
};

using Fp16 = WmmaOp<Dtype::f16, __half, __half, float, 16, 16, 16>;
using Fp16acc16 = WmmaOp<Dtype::f16, __half, __half, __half, 16, 16, 16>;
using Bf16 = WmmaOp<Dtype::bf16, __nv_bfloat16, __nv_bfloat16, float, 16, 16, 16>;
using Tf32 = WmmaOp<Dtype::f32, float, nvcuda::wmma::precision::tf32, float, 16, 16, 8>;
using Int8 = WmmaOp<Dtype::s8, signed char, signed char, int, 16, 16, 16>;
using Fp64 = WmmaOp<Dtype::f64, double, double, double, 8, 8, 4>;

template <class Op, int chains, int count>
Ceiling ceiling(Precision precision, const char* summary) {
  return gpu_compute_ceiling("wmma", precision, summary, 80, false, mma_shapes<Op, chains, count>);
}

}  // namespace

// 8·4 multiplications a round; on Hopper one is two instructions of the machine (tf32 four, fp64 one).
const Registration registration{GEMMARK_FILE, [] {
                                  return std::vector{
                                      ceiling<Fp16, 8, 64>(Precision::fp16, "16x16x16, fp32 sums"),
                                      ceiling<Fp16acc16, 8, 64>(Precision::fp16acc16, "16x16x16, fp16 sums"),
                                      ceiling<Bf16, 8, 64>(Precision::bf16, "16x16x16, fp32 sums"),
                                      ceiling<Tf32, 8, 128>(Precision::tf32, "16x16x8, fp32 sums"),
                                      ceiling<Int8, 8, 64>(Precision::int8, "16x16x16, 32-bit sums"),
                                      ceiling<Fp64, 8, 32>(Precision::fp64, "8x8x4")};
                                }};

}  // namespace gemmark
