// What the WMMA interface offers for each precision: fragment shapes and types.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <mma.h>

#include "kernels/gemm/device_gemm.hpp"

namespace gemmark::wmma_types {

namespace wmma = nvcuda::wmma;

template <class StoredType, class FragmentType, class SumType, class OutType, int rows, int cols, int depth>
struct Types {
  using Stored = StoredType;
  using Fragment = FragmentType;  ///< how WMMA calls the type of its operands
  using Sum = SumType;
  using Out = OutType;
  static constexpr int m = rows, n = cols, k = depth;
};
using Fp16 = Types<__half, __half, float, __half, 16, 16, 16>;
using Bf16 = Types<__nv_bfloat16, __nv_bfloat16, float, __nv_bfloat16, 16, 16, 16>;
using Tf32 = Types<float, wmma::precision::tf32, float, float, 16, 16, 8>;
using Int8 = Types<signed char, signed char, int, int, 16, 16, 16>;
using Fp64 = Types<double, double, double, double, 8, 8, 4>;

/// tf32 fragments are loaded as fp32 and rounded by the program; all others are ready.
template <class F>
__device__ inline void round_operand(F& fragment) {
  if constexpr (std::is_same_v<typename F::element_type, float> && F::num_elements > 0) {
#pragma unroll
    for (int i = 0; i < fragment.num_elements; ++i) fragment.x[i] = wmma::__float_to_tf32(fragment.x[i]);
  }
}

// wmma::load_matrix_sync emits loads through generic addresses for bf16, tf32 and fp64, even where the
// pointer is known to be shared: word by word where fp16 gets ldmatrix. The same instruction in PTX, told the
// address space, does not; and an offset known to the compiler costs no instruction.
#define GEMMARK_WMMA_LOAD(T, use, layout, shape_and_type, operands, ...)                                   \
  template <int leading, int offset = 0>                                                                   \
  __device__ __forceinline__ void load_shared(                                                             \
      wmma::fragment<wmma::matrix_##use, T::m, T::n, T::k, typename T::Fragment, wmma::layout##_major>& f, \
      std::uint32_t from) {                                                                                \
    [[maybe_unused]] auto* word = reinterpret_cast<unsigned*>(f.x);                                        \
    asm volatile("wmma.load." #use ".sync.aligned." #layout "." shape_and_type " " operands ";"            \
                 : __VA_ARGS__                                                                             \
                 : "r"(from), "n"(offset), "n"(leading)                                                    \
                 : "memory");                                                                              \
  }
#define GEMMARK_WMMA_LOADS(...)         \
  GEMMARK_WMMA_LOAD_USE(a, __VA_ARGS__) \
  GEMMARK_WMMA_LOAD_USE(b, __VA_ARGS__)
#define GEMMARK_WMMA_LOAD_USE(use, T, ...)    \
  GEMMARK_WMMA_LOAD(T, use, row, __VA_ARGS__) \
  GEMMARK_WMMA_LOAD(T, use, col, __VA_ARGS__)
GEMMARK_WMMA_LOADS(Fp16, "m16n16k16.shared.f16", "{%0,%1,%2,%3,%4,%5,%6,%7}, [%8+%9], %10", "=r"(word[0]),
                   "=r"(word[1]), "=r"(word[2]), "=r"(word[3]), "=r"(word[4]), "=r"(word[5]), "=r"(word[6]),
                   "=r"(word[7]))
GEMMARK_WMMA_LOADS(Bf16, "m16n16k16.shared.bf16", "{%0,%1,%2,%3}, [%4+%5], %6", "=r"(word[0]), "=r"(word[1]),
                   "=r"(word[2]), "=r"(word[3]))
GEMMARK_WMMA_LOADS(Tf32, "m16n16k8.shared.tf32", "{%0,%1,%2,%3}, [%4+%5], %6", "=r"(word[0]), "=r"(word[1]),
                   "=r"(word[2]), "=r"(word[3]))
GEMMARK_WMMA_LOADS(Int8, "m16n16k16.shared.s8", "{%0,%1}, [%2+%3], %4", "=r"(word[0]), "=r"(word[1]))
GEMMARK_WMMA_LOADS(Fp64, "m8n8k4.shared.f64", "{%0}, [%1+%2], %3", "=d"(f.x[0]))
#undef GEMMARK_WMMA_LOADS
#undef GEMMARK_WMMA_LOAD_USE
#undef GEMMARK_WMMA_LOAD

__device__ inline __half narrow(float v, __half) { return __float2half_rn(v); }
__device__ inline __nv_bfloat16 narrow(float v, __nv_bfloat16) { return __float2bfloat16_rn(v); }
__device__ inline float narrow(float v, float) { return v; }
__device__ inline double narrow(double v, double) { return v; }
__device__ inline int narrow(double v, int) { return static_cast<int>(rint(v)); }

template <class Sum>
using Scale = std::conditional_t<std::is_same_v<Sum, float>, float, double>;

template <class T>
struct Args {
  std::int64_t m, n, k;
  const typename T::Stored *a, *b;
  std::int64_t lda, ldb, a_batch, b_batch;
  typename T::Out* c;
  std::int64_t ldc, c_batch;
  Scale<typename T::Sum> alpha, beta;

  using S = Scale<typename T::Sum>;
  __device__ typename T::Out scaled(typename T::Sum sum) const {
    if constexpr (std::is_integral_v<typename T::Sum>) {
      if (alpha == 1) return sum;  // integers go through fp64 otherwise, at a sixteenth of the pace
    }
    return narrow(alpha * static_cast<S>(sum), typename T::Out{});
  }
  __device__ void store(typename T::Out* to, typename T::Sum sum) const {
    if (beta != 0)
      *to = narrow(alpha * static_cast<S>(sum) + beta * static_cast<S>(*to), typename T::Out{});
    else
      *to = scaled(sum);
  }
};

template <class T>
Args<T> args(const Gemm& g, const Operands& operands) {
  using S = Scale<typename T::Sum>;
  return {g.m,
          g.n,
          g.k,
          operands.in[0].as<typename T::Stored>(),
          operands.in[1].as<typename T::Stored>(),
          g.lda(),
          g.ldb(),
          operands.in[0].shape.stride[0],
          operands.in[1].shape.stride[0],
          operands.out.as<typename T::Out>(),
          g.ldc(),
          operands.out.shape.stride[0],
          static_cast<S>(g.alpha),
          static_cast<S>(g.beta)};
}

/// Calls launch.template operator()<Types, a_k_major, b_k_major>() for the problem.
template <class Launch>
void with_types(const Gemm& g, Launch launch) {
  const auto layouts = [&]<class T>(T*) {
    if (!g.ta && g.tb) return launch.template operator()<T, true, true>();
    if (!g.ta) return launch.template operator()<T, true, false>();
    if (g.tb) return launch.template operator()<T, false, true>();
    return launch.template operator()<T, false, false>();
  };
  switch (g.in) {
    case Precision::fp16:
      return layouts(static_cast<Fp16*>(nullptr));
    case Precision::bf16:
      return layouts(static_cast<Bf16*>(nullptr));
    case Precision::tf32:
      return layouts(static_cast<Tf32*>(nullptr));
    case Precision::int8:
      return layouts(static_cast<Int8*>(nullptr));
    default:
      return layouts(static_cast<Fp64*>(nullptr));
  }
}

inline Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (Support sm = needs_sm(device, 80); !sm) return sm;
  switch (g.in) {
    case Precision::fp16:
    case Precision::bf16:
    case Precision::tf32:
    case Precision::int8:
    case Precision::fp64:
      break;
    default:
      return has_no(g.in);
  }
  const int bits = info(info(g.in).a).bits;
  if (g.lda() * bits % 128 != 0 || g.ldb() * bits % 128 != 0)
    return Support::no("copies 16 bytes at a time: rows of A and B must start on 16 bytes");
  if (g.batch > 65535) return Support::no("is too large for one launch");
  return writes_only_its_own_type(g);
}

}  // namespace gemmark::wmma_types
