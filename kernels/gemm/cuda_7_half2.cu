// Two fp16 multiply-adds an instruction: what CUDA cores make of half the bits.
//
// The kernel of cuda_5_vectorised with __half2: a thread's 8×8 outputs are 32 pairs of neighbouring columns,
// each product takes two columns of B and one row of A, which the instruction repeats by itself. Everything
// that moves is half as large, so slices are twice as deep.
//
// Cost: the sums are fp16 too, and lose a bit with every fourfold growth of k: a different precision
// (fp16acc16), not a faster one. Tensor cores do sixteen times as much with sums of fp32.
#include <cuda_fp16.h>

#include "kernels/gemm/device_gemm.hpp"

namespace gemmark {
namespace {

// Four halves beyond a multiple of 128: eight steps of k that a warp stores at once miss each other's banks.
constexpr int tile = 128, slice = 16, threads = 256, pitch = tile + 4, fetched = 8;
static_assert(tile * slice == threads * fetched, "a thread fetches eight elements of each operand");

struct Args {
  std::int64_t m, n, k;
  const __half* a;
  std::int64_t a_row, a_col, a_batch;
  const __half* b;
  std::int64_t b_row, b_col, b_batch;
  __half* c;
  std::int64_t ldc, c_batch;
  float alpha, beta;
};

/// Where one operand's slice comes from, seen by one thread.
struct Source {
  const __half* from;
  std::int64_t step;
  bool along_k, wide;
  int outer, p;  ///< the first of this thread's eight elements, within the tile
  std::int64_t outer_left;

  __device__ Source(const __half* base, std::int64_t outer_by, std::int64_t k_by, std::int64_t left)
      : step(slice * k_by), along_k(k_by == 1), outer_left(left) {
    const int index = threadIdx.x * fetched;
    outer = along_k ? index / slice : index % tile;
    p = along_k ? index % slice : index / tile;
    from = base + outer * outer_by + p * k_by;
    wide = (along_k ? outer_by : k_by) % fetched == 0 && reinterpret_cast<std::uintptr_t>(base) % 16 == 0;
  }
  __device__ void fetch(__half (&to)[fetched], std::int64_t k_left) {
    const std::int64_t here = along_k ? k_left - p : outer_left - outer;
    const bool exists = along_k ? outer < outer_left : p < k_left;
    if (wide && exists && here >= fetched) {
      const uint4 words = *reinterpret_cast<const uint4*>(from);
      memcpy(to, &words, sizeof words);
    } else {
#pragma unroll
      for (int i = 0; i < fetched; ++i) to[i] = exists && i < here ? from[i] : __half{};
    }
    from += step;
  }
  __device__ void put(__half (*to)[pitch], const __half (&values)[fetched]) const {
    if (along_k) {
#pragma unroll
      for (int i = 0; i < fetched; ++i) to[p + i][outer] = values[i];
    } else {
#pragma unroll
      for (int i = 0; i < fetched; i += 4) {
        uint2 words;
        memcpy(&words, values + i, sizeof words);
        *reinterpret_cast<uint2*>(&to[p][outer + i]) = words;
      }
    }
  }
};

/// Four neighbouring halves as two pairs.
__device__ void read4(__half2* to, const __half* from) {
  const uint2 words = *reinterpret_cast<const uint2*>(from);
  memcpy(to, &words, sizeof words);
}

__global__ void __launch_bounds__(threads, 2) half_pairs(const Args g) {
  __shared__ __align__(16) __half a_slice[2][slice][pitch], b_slice[2][slice][pitch];
  const std::int64_t i0 = blockIdx.y * std::int64_t{tile}, j0 = blockIdx.x * std::int64_t{tile};
  Source a(g.a + blockIdx.z * g.a_batch + i0 * g.a_row, g.a_row, g.a_col, g.m - i0);
  Source b(g.b + blockIdx.z * g.b_batch + j0 * g.b_col, g.b_col, g.b_row, g.n - j0);
  const int x = threadIdx.x % 16 * 4, y = threadIdx.x / 16 * 4;
  __half2 sum[8][4] = {};
  __half next_a[fetched], next_b[fetched];
  a.fetch(next_a, g.k), b.fetch(next_b, g.k);
  a.put(a_slice[0], next_a), b.put(b_slice[0], next_b);
  __syncthreads();
  int stage = 0;
  for (std::int64_t p0 = 0; p0 < g.k; p0 += slice, stage ^= 1) {
    const bool more = p0 + slice < g.k;
    if (more) a.fetch(next_a, g.k - p0 - slice), b.fetch(next_b, g.k - p0 - slice);
#pragma unroll
    for (int p = 0; p < slice; ++p) {
      __half2 column[4], row[4];
      read4(column, &a_slice[stage][p][y]), read4(column + 2, &a_slice[stage][p][y + tile / 2]);
      read4(row, &b_slice[stage][p][x]), read4(row + 2, &b_slice[stage][p][x + tile / 2]);
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        const __half2 both = i % 2 ? __high2half2(column[i / 2]) : __low2half2(column[i / 2]);
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[i][j] = __hfma2(both, row[j], sum[i][j]);
      }
    }
    if (more) a.put(a_slice[stage ^ 1], next_a), b.put(b_slice[stage ^ 1], next_b);
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < 8; ++i)
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const std::int64_t row = i0 + y + i % 4 + i / 4 * (tile / 2), col = j0 + x + j % 4 + j / 4 * (tile / 2);
      if (row >= g.m || col >= g.n) continue;
      const float value = __half2float(j % 2 ? __high2half(sum[i][j / 2]) : __low2half(sum[i][j / 2]));
      __half* to = g.c + blockIdx.z * g.c_batch + row * g.ldc + col;
      *to = __float2half_rn(g.beta != 0 ? g.alpha * value + g.beta * __half2float(*to) : g.alpha * value);
    }
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  return std::make_unique<LaunchPlan>(
      [g = std::get<Gemm>(request.problem)](const Operands& operands, cudaStream_t stream) {
        const Args args{g.m,
                        g.n,
                        g.k,
                        operands.in[0].as<__half>(),
                        g.ta ? 1 : g.lda(),
                        g.ta ? g.lda() : 1,
                        operands.in[0].shape.stride[0],
                        operands.in[1].as<__half>(),
                        g.tb ? 1 : g.ldb(),
                        g.tb ? g.ldb() : 1,
                        operands.in[1].shape.stride[0],
                        operands.out.as<__half>(),
                        g.ldc(),
                        operands.out.shape.stride[0],
                        static_cast<float>(g.alpha),
                        static_cast<float>(g.beta)};
        const dim3 grid(static_cast<unsigned>(ceil_div(g.n, tile)),
                        static_cast<unsigned>(ceil_div(g.m, tile)), static_cast<unsigned>(g.batch));
        half_pairs<<<grid, threads, 0, stream>>>(args);
        GEMMARK_CUDA_CHECK(cudaGetLastError());
      });
}

Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (g.in != Precision::fp16acc16) return has_no(g.in);
  if (Support sm = needs_sm(device, 60); !sm) return sm;
  if (g.batch > 65535 || g.m > 65535 * std::int64_t{tile}) return Support::no("is too large for one launch");
  return writes_only_its_own_type(g);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{.device_kind = "cuda",
                                                .summary = "fp16 pairs, fp16 sums, CUDA cores",
                                                .supports = supports,
                                                .plan = plan};
                                }};

}  // namespace gemmark
