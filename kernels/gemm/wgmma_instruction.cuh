// wgmma.mma_async of 64×N: a warpgroup multiplies 64 rows of A by N columns of B, both in shared memory, into
// accumulators spread over its registers.
//
// Thread t of the warpgroup holds rows 16·(t / 32) + t % 32 / 4 (+ 8) and, of each group of eight columns,
// two neighbours: d[4·j + 2·h + e] is row + 8·h, column 8·j + 2·(t % 4) + e.
#pragma once

#include <cstdint>

namespace gemmark::wgmma {

/// Accumulator registers between here and the next wgmma belong to the Tensor cores.
__device__ inline void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/// Waits until at most `pending` committed groups are under way.
template <int pending>
__device__ inline void wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

// Inline assembly takes no arrays: the operand list of every width, spelled out.
#define GEMMARK_D8(c, d, i) \
  c(d[i]), c(d[i + 1]), c(d[i + 2]), c(d[i + 3]), c(d[i + 4]), c(d[i + 5]), c(d[i + 6]), c(d[i + 7])
#define GEMMARK_D32(c, d, i) \
  GEMMARK_D8(c, d, i), GEMMARK_D8(c, d, i + 8), GEMMARK_D8(c, d, i + 16), GEMMARK_D8(c, d, i + 24)
#define GEMMARK_D64(c, d, i) GEMMARK_D32(c, d, i), GEMMARK_D32(c, d, i + 32)
#define GEMMARK_D128(c, d, i) GEMMARK_D64(c, d, i), GEMMARK_D64(c, d, i + 64)
#define GEMMARK_LIST32                                                                     \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, " \
  "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}"
#define GEMMARK_LIST64                                                                     \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, " \
  "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "  \
  "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, "  \
  "%53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}"
#define GEMMARK_LIST128                                                                    \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, " \
  "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "  \
  "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, "  \
  "%53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, "  \
  "%70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, "  \
  "%87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, "    \
  "%103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, "   \
  "%117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}"

/// Types of one instruction; `k` is its depth in elements, always 32 bytes.
struct Bf16 {
  using Accumulator = float;
  static constexpr int k = 16;
};
struct Fp16 : Bf16 {};
struct Tf32 {
  using Accumulator = float;
  static constexpr int k = 8;
};
struct E4m3 {
  using Accumulator = float;
  static constexpr int k = 32;
};
struct E5m2E4m3 : E4m3 {};
struct S8 {
  using Accumulator = int;
  static constexpr int k = 32;
};

/// d += A·B, or d = A·B where not `accumulate`. MN-major operands exist for 16-bit elements alone.
template <class Types, int n, bool a_mn_major, bool b_mn_major>
struct Multiply;

// The tail of each instruction: scale factors of A and B, then which operands are MN-major.
#define GEMMARK_WGMMA(types, n, a_mn, b_mn, count, c, shape, tail, p, a, b)                               \
  template <>                                                                                             \
  struct Multiply<types, n, a_mn, b_mn> {                                                                 \
    static __device__ __forceinline__ void issue(types::Accumulator (&d)[count], std::uint64_t desc_a,    \
                                                 std::uint64_t desc_b, int accumulate) {                  \
      asm volatile("{.reg .pred p; setp.ne.b32 p, " p                                                     \
                   ", 0;\n"                                                                               \
                   "wgmma.mma_async.sync.aligned." shape " " GEMMARK_LIST##count ", " a ", " b ", p" tail \
                                                                                 ";}\n"                   \
                   : GEMMARK_D##count(c, d, 0)                                                            \
                   : "l"(desc_a), "l"(desc_b), "r"(accumulate));                                          \
    }                                                                                                     \
  };
#define GEMMARK_WGMMA_WIDTHS(types, c, k_text, kinds, tail, a_mn, b_mn)                           \
  GEMMARK_WGMMA(types, 64, a_mn, b_mn, 32, c, "m64n64" k_text kinds, tail, "%34", "%32", "%33")   \
  GEMMARK_WGMMA(types, 128, a_mn, b_mn, 64, c, "m64n128" k_text kinds, tail, "%66", "%64", "%65") \
  GEMMARK_WGMMA(types, 256, a_mn, b_mn, 128, c, "m64n256" k_text kinds, tail, "%130", "%128", "%129")
#define GEMMARK_WGMMA_16(types, kinds)                                          \
  GEMMARK_WGMMA_WIDTHS(types, "+f", "k16", kinds, ", 1, 1, 0, 0", false, false) \
  GEMMARK_WGMMA_WIDTHS(types, "+f", "k16", kinds, ", 1, 1, 0, 1", false, true)  \
  GEMMARK_WGMMA_WIDTHS(types, "+f", "k16", kinds, ", 1, 1, 1, 0", true, false)  \
  GEMMARK_WGMMA_WIDTHS(types, "+f", "k16", kinds, ", 1, 1, 1, 1", true, true)

GEMMARK_WGMMA_16(Bf16, ".f32.bf16.bf16")
GEMMARK_WGMMA_16(Fp16, ".f32.f16.f16")
GEMMARK_WGMMA_WIDTHS(Tf32, "+f", "k8", ".f32.tf32.tf32", ", 1, 1", false, false)
GEMMARK_WGMMA_WIDTHS(E4m3, "+f", "k32", ".f32.e4m3.e4m3", ", 1, 1", false, false)
GEMMARK_WGMMA_WIDTHS(E5m2E4m3, "+f", "k32", ".f32.e5m2.e4m3", ", 1, 1", false, false)
GEMMARK_WGMMA_WIDTHS(S8, "+r", "k32", ".s32.s8.s8", "", false, false)

}  // namespace gemmark::wgmma
