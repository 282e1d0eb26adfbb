// How many operations a second Tensor cores allow to mma.sync, one instruction of a warp at a time. On Hopper
// that is about 62% of what wgmma reaches, and 4-bit integers are emulated.
#include "kernels/ceiling/mma_loop.cuh"

namespace gemmark {
namespace {

// Registers of a thread: `a` and `b` of operands, four sums.
template <Dtype type, class Register, class SumType, int a_count, int b_count, int sum_count, int k>
struct SyncOp {
  static constexpr Dtype dtype = type;
  static constexpr double flops = 2.0 * 16 * 8 * k;
  using Result = SumType;
  struct A {
    Register r[a_count];
  };
  struct B {
    Register r[b_count];
  };
  struct Sum {
    SumType r[sum_count];
  };
  template <class Fragment>
  static __device__ void load(Fragment& to, const std::byte* from) {
    constexpr int registers = sizeof to.r / sizeof to.r[0];
#pragma unroll
    for (int i = 0; i < registers; ++i)
      to.r[i] = reinterpret_cast<const Register*>(from)[i * 32 + threadIdx.x % 32];
  }
  static __device__ void clear(Sum& sum) {
#pragma unroll
    for (SumType& one : sum.r) one = 0;
  }
  static __device__ SumType first(const Sum& sum) {
    SumType total = 0;
#pragma unroll
    for (const SumType one : sum.r) total += one;
    return total;
  }
};

#define GEMMARK_SYNC_OP(Name, type, SumType, c, k, shape)                                                  \
  struct Name : SyncOp<type, std::uint32_t, SumType, 4, 2, 4, k> {                                         \
    static __device__ void load_a(A& a, const std::byte* from, int i) { load(a, operand<Name>(from, i)); } \
    static __device__ void load_b(B& b, const std::byte* from, int i) {                                    \
      load(b, operand<Name>(from, 2 + i));                                                                 \
    }                                                                                                      \
    static __device__ void multiply(Sum& d, const A& a, const B& b) {                                      \
      asm volatile("mma.sync.aligned." shape " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"      \
                   : c(d.r[0]), c(d.r[1]), c(d.r[2]), c(d.r[3])                                            \
                   : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]));        \
    }                                                                                                      \
  };
GEMMARK_SYNC_OP(Fp16, Dtype::f16, float, "+f", 16, "m16n8k16.row.col.f32.f16.f16.f32")
GEMMARK_SYNC_OP(Bf16, Dtype::bf16, float, "+f", 16, "m16n8k16.row.col.f32.bf16.bf16.f32")
GEMMARK_SYNC_OP(Tf32, Dtype::f32, float, "+f", 8, "m16n8k8.row.col.f32.tf32.tf32.f32")
GEMMARK_SYNC_OP(Int8, Dtype::s8, int, "+r", 32, "m16n8k32.row.col.s32.s8.s8.s32")
GEMMARK_SYNC_OP(Int4, Dtype::s4, int, "+r", 64, "m16n8k64.row.col.s32.s4.s4.s32")

struct Fp16acc16 : SyncOp<Dtype::f16, std::uint32_t, std::uint32_t, 4, 2, 2, 16> {
  static __device__ void load_a(A& a, const std::byte* from, int i) { load(a, operand<Fp16acc16>(from, i)); }
  static __device__ void load_b(B& b, const std::byte* from, int i) {
    load(b, operand<Fp16acc16>(from, 2 + i));
  }
  static __device__ void multiply(Sum& d, const A& a, const B& b) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"
                 : "+r"(d.r[0]), "+r"(d.r[1])
                 : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]));
  }
};

// WMMA knows no fp64 shape but 8×8×4, which Hopper runs at half of this one's rate.
struct Fp64 : SyncOp<Dtype::f64, double, double, 8, 4, 4, 16> {
  static __device__ void load_a(A& a, const std::byte* from, int i) { load(a, operand<Fp64>(from, i)); }
  static __device__ void load_b(B& b, const std::byte* from, int i) { load(b, operand<Fp64>(from, 2 + i)); }
  static __device__ void multiply(Sum& d, const A& a, const B& b) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f64.f64.f64.f64 {%0,%1,%2,%3}, {%4,%5,%6,%7,%8,%9,%10,%11}, "
        "{%12,%13,%14,%15}, {%0,%1,%2,%3};"
        : "+d"(d.r[0]), "+d"(d.r[1]), "+d"(d.r[2]), "+d"(d.r[3])
        : "d"(a.r[0]), "d"(a.r[1]), "d"(a.r[2]), "d"(a.r[3]), "d"(a.r[4]), "d"(a.r[5]), "d"(a.r[6]),
          "d"(a.r[7]), "d"(b.r[0]), "d"(b.r[1]), "d"(b.r[2]), "d"(b.r[3]));
  }
};

template <class Op, int chains, int count = 4 * chains>
Ceiling ceiling(std::optional<Precision> precision, const char* name, const char* summary) {
  return gpu_compute_ceiling(name, precision, summary, 90, true, mma_shapes<Op, chains, count>);
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{
          ceiling<Fp16, 8>(Precision::fp16, "mma_sync", "m16n8k16, fp32 sums"),
          ceiling<Fp16acc16, 8>(Precision::fp16acc16, "mma_sync", "m16n8k16, fp16 sums"),
          ceiling<Bf16, 8>(Precision::bf16, "mma_sync", "m16n8k16, fp32 sums"),
          ceiling<Tf32, 8>(Precision::tf32, "mma_sync", "m16n8k8, fp32 sums"),
          ceiling<Int8, 8>(Precision::int8, "mma_sync", "m16n8k32, 32-bit sums"),
          ceiling<Fp64, 4>(Precision::fp64, "mma_sync", "m16n8k16"),
          ceiling<Int4, 8>(Precision::int4, "mma_sync", "m16n8k64, 32-bit sums, emulated on Hopper")};
    }};

}  // namespace gemmark
