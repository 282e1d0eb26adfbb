// fp64 on Tensor cores with mma.sync m16n8k8, one of the shapes that reach Hopper's full rate: WMMA's only fp64 shape,
// 8×8×4, is held to half of it.
//
// A block of eight warps computes 128×128, a warp 64×32; slices of 16 steps of k come by cp.async in four stages.
// What lies along k is kept so, its 16-byte pieces permuted within the row by the row's last bits; what lies
// along m or n is padded. Either way the 8-byte reads of half a warp fall on different banks.
//
// Cost: a thread holds 64 fp64 sums, 128 registers, so one block a multiprocessor. Read cuda_6_pipelined first.
#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int tile = 128, depth = 16, stages = 4, threads = 256;
constexpr int warp_rows = 64, warp_cols = 32, m_tiles = warp_rows / 16, n_tiles = warp_cols / 8;
constexpr int pitch = tile + 4;  // doubles, where a slice is stored along m or n
constexpr int slice_doubles = pitch * depth, shared_bytes = 2 * stages * slice_doubles * 8;

/// Index of element (outer, p) in a slice.
template <bool k_major>
__device__ int place(int outer, int p) {
  if constexpr (k_major) return outer * depth + (((p / 2) ^ (outer % 4 * 2)) * 2 + p % 2);
  return p * pitch + outer;
}

/// One thread's share of copying an operand's slices; `wide` moves two doubles at once.
template <bool k_major, bool wide>
struct Copier {
  static constexpr int width = wide ? 2 : 1, count = tile * depth / width / threads;
  const double* base;
  std::int64_t outer_stride, k_stride, outer_left;

  __device__ void copy(double* slice, std::int64_t k0, std::int64_t k, const double* safe) const {
#pragma unroll
    for (int i = 0; i < count; ++i) {
      const int index = threadIdx.x + i * threads;
      constexpr int along = (k_major ? depth : tile) / width;
      const int outer = k_major ? index / along : index % along * width;
      const int p = k_major ? index % along * width : index / along;
      const bool valid = outer < outer_left && k0 + p < k;
      async_copy<8 * width>(slice + place<k_major>(outer, p),
                            valid ? base + outer * outer_stride + (k0 + p) * k_stride : safe, valid);
    }
  }
};

template <bool a_k_major, bool b_k_major, bool wide>
__global__ void __launch_bounds__(threads, 1) fp64_mma(const CudaGemm<double> g) {
  extern __shared__ __align__(16) double shared[];
  int block_m, block_n;
  grouped_position(blockIdx.x, static_cast<int>((g.m + tile - 1) / tile),
                   static_cast<int>((g.n + tile - 1) / tile), 8, block_m, block_n);
  const std::int64_t i0 = block_m * std::int64_t{tile}, j0 = block_n * std::int64_t{tile};
  const Copier<a_k_major, wide> copy_a{g.a + blockIdx.z * g.a_batch + i0 * g.a_row, g.a_row, g.a_col, g.m - i0};
  const Copier<b_k_major, wide> copy_b{g.b + blockIdx.z * g.b_batch + j0 * g.b_col, g.b_col, g.b_row, g.n - j0};
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, quad = lane / 4, within = lane % 4;
  const int warp_m = warp / 4 * warp_rows, warp_n = warp % 4 * warp_cols;
  const int slices = static_cast<int>((g.k + depth - 1) / depth);
  const auto copy = [&](int slice, int stage) {
    if (slice < slices) {
      copy_a.copy(shared + 2 * stage * slice_doubles, slice * std::int64_t{depth}, g.k, g.a);
      copy_b.copy(shared + (2 * stage + 1) * slice_doubles, slice * std::int64_t{depth}, g.k, g.b);
    }
    async_commit();
  };

  double sum[m_tiles][n_tiles][4] = {};
#pragma unroll
  for (int s = 0; s < stages - 1; ++s) copy(s, s);
  for (int slice = 0; slice < slices; ++slice) {
    async_wait<stages - 2>();
    __syncthreads();
    copy(slice + stages - 1, (slice + stages - 1) % stages);
    const double* a = shared + 2 * (slice % stages) * slice_doubles;
    const double* b = a + slice_doubles;
#pragma unroll
    for (int p = 0; p < depth; p += 8) {
      double fa[m_tiles][4], fb[n_tiles][2];
#pragma unroll
      for (int i = 0; i < m_tiles; ++i)
#pragma unroll
        for (int e = 0; e < 4; ++e)
          fa[i][e] = a[place<a_k_major>(warp_m + i * 16 + quad + e % 2 * 8, p + e / 2 * 4 + within)];
#pragma unroll
      for (int j = 0; j < n_tiles; ++j)
#pragma unroll
        for (int e = 0; e < 2; ++e) fb[j][e] = b[place<b_k_major>(warp_n + j * 8 + quad, p + e * 4 + within)];
#pragma unroll
      for (int i = 0; i < m_tiles; ++i)
#pragma unroll
        for (int j = 0; j < n_tiles; ++j)
          asm volatile(
              "mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
              "{%0,%1,%2,%3};"
              : "+d"(sum[i][j][0]), "+d"(sum[i][j][1]), "+d"(sum[i][j][2]), "+d"(sum[i][j][3])
              : "d"(fa[i][0]), "d"(fa[i][1]), "d"(fa[i][2]), "d"(fa[i][3]), "d"(fb[j][0]), "d"(fb[j][1]));
    }
  }

  const bool wide_out = g.beta == 0 && g.ldc % 2 == 0 && g.c_batch % 2 == 0 &&
                        reinterpret_cast<std::uintptr_t>(g.c) % 16 == 0;
#pragma unroll
  for (int i = 0; i < m_tiles; ++i)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const std::int64_t row = i0 + warp_m + i * 16 + quad + h * 8;
      if (row >= g.m) continue;
#pragma unroll
      for (int j = 0; j < n_tiles; ++j) {
        const std::int64_t col = j0 + warp_n + j * 8 + within * 2;
        if (wide_out && col + 2 <= g.n) {
          *reinterpret_cast<double2*>(g.c + blockIdx.z * g.c_batch + row * g.ldc + col) =
              make_double2(g.alpha * sum[i][j][2 * h], g.alpha * sum[i][j][2 * h + 1]);
        } else {
          if (col < g.n) g.store(blockIdx.z, row, col, sum[i][j][2 * h]);
          if (col + 1 < g.n) g.store(blockIdx.z, row, col + 1, sum[i][j][2 * h + 1]);
        }
      }
    }
}

template <bool a_k_major, bool b_k_major, bool wide>
void launch_as(const CudaGemm<double>& g, cudaStream_t stream) {
  const auto kernel = fp64_mma<a_k_major, b_k_major, wide>;
  static const cudaError_t allowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes);
  GEMMARK_CUDA_CHECK(allowed);
  const auto blocks = static_cast<unsigned>(ceil_div(g.m, tile) * ceil_div(g.n, tile));
  kernel<<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), threads, shared_bytes, stream>>>(g);
}

void launch(const CudaGemm<double>& g, cudaStream_t stream) {
  const bool a_k_major = g.a_col == 1, b_k_major = g.b_row == 1;
  const auto aligned = [](const double* data, std::int64_t leading, std::int64_t batch, std::int64_t along) {
    return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && leading % 2 == 0 && batch % 2 == 0 && along % 2 == 0;
  };
  const bool wide = aligned(g.a, a_k_major ? g.a_row : g.a_col, g.a_batch, a_k_major ? g.k : g.m) &&
                    aligned(g.b, b_k_major ? g.b_col : g.b_row, g.b_batch, b_k_major ? g.k : g.n);
  const auto pick = [&](auto a, auto b) {
    if (wide)
      launch_as<decltype(a)::value, decltype(b)::value, true>(g, stream);
    else
      launch_as<decltype(a)::value, decltype(b)::value, false>(g, stream);
  };
  if (a_k_major && b_k_major) return pick(std::true_type{}, std::true_type{});
  if (a_k_major) return pick(std::true_type{}, std::false_type{});
  if (b_k_major) return pick(std::false_type{}, std::true_type{});
  pick(std::false_type{}, std::false_type{});
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      Kernel kernel = cuda_gemm({.summary = "fp64 Tensor cores through mma m16n8k8"}, {.fp64 = launch});
      kernel.supports = [any = kernel.supports](const Problem& problem, const Device& device) {
        if (Support sm = needs_sm(device, 90); !sm) return sm;
        return any(problem, device);
      };
      return kernel;
    }};

}  // namespace gemmark
