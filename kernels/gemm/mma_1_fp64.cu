// fp64 on Tensor cores with mma.sync m16n8k8, one of the shapes that reach Hopper's full rate: WMMA's only
// fp64 shape, 8×8×4, is held to half of it.
//
// A block of four warps computes 64×128, a warp 32×64, and two blocks share a multiprocessor, so that one
// multiplies while the other waits at its barrier. Slices of 16 steps of k come by cp.async in three stages;
// the fragments of the next step are read while this one's are multiplied. What lies along k is kept so, its
// 16-byte pieces permuted within the row by the row's last bits; what lies along m or n is padded. Either way
// the 8-byte reads of half a warp fall on different banks.
//
// Cost: a thread holds 64 fp64 sums, 128 registers. Read cuda_6_pipelined first.
#include "kernels/gemm/cuda_async_copy.cuh"
#include "kernels/gemm/cuda_gemm.cuh"

namespace gemmark {
namespace {

constexpr int tile_m = 64, tile_n = 128, depth = 16, stages = 3, threads = 128;
constexpr int warp_rows = 32, warp_cols = 64, m_tiles = warp_rows / 16, n_tiles = warp_cols / 8;
// Doubles of an operand's slice: rows of k, or rows of the outer dimension with four of padding.
constexpr int slice_a = (tile_m + 4) * depth, slice_b = (tile_n + 4) * depth;
constexpr int shared_bytes = stages * (slice_a + slice_b) * 8;

/// Index of element (outer, p) in a slice.
template <int tile, bool k_major>
__device__ int place(int outer, int p) {
  if constexpr (k_major) return outer * depth + (((p / 2) ^ (outer % 4 * 2)) * 2 + p % 2);
  return p * (tile + 4) + outer;
}

/// One thread's share of copying an operand's slices; `wide` moves two doubles at once. Its pieces of a slice
/// lie a fixed distance apart, along the outer dimension where the operand is K-major, along k otherwise.
template <int tile, bool k_major, bool wide>
struct Copier {
  static constexpr int width = wide ? 2 : 1, along = (k_major ? depth : tile) / width;
  static constexpr int apart = threads / along, passes = (k_major ? tile : depth) / apart;
  static_assert(apart * along == threads && passes * apart == (k_major ? tile : depth));
  static constexpr int shared_apart = k_major ? apart * depth : apart * (tile + 4);

  const double* from;
  std::int64_t piece_step, slice_step;
  int outer, p, outer_left;

  __device__ Copier(const double* base, std::int64_t outer_stride, std::int64_t k_stride, std::int64_t left)
      : piece_step(apart * (k_major ? outer_stride : k_stride)),
        slice_step(depth * k_stride),
        outer(k_major ? threadIdx.x / along : threadIdx.x % along * width),
        p(k_major ? threadIdx.x % along * width : threadIdx.x / along),
        outer_left(static_cast<int>(left < tile ? left : tile)) {
    from = base + outer * outer_stride + p * k_stride;
  }
  __device__ void copy(double* slice, int k_left) {
    const double* piece = from;
    double* to = slice + place<tile, k_major>(outer, p);
#pragma unroll
    for (int i = 0; i < passes; ++i) {
      const bool valid =
          (k_major ? outer + i * apart : outer) < outer_left && (k_major ? p : p + i * apart) < k_left;
      async_copy<8 * width>(to + i * shared_apart, piece, valid);
      piece += piece_step;
    }
    from += slice_step;
  }
};

template <bool a_k_major, bool b_k_major>
struct Fragments {
  double a[m_tiles][4], b[n_tiles][2];
  __device__ void load(const double* slice, int warp_m, int warp_n, int quad, int within, int p) {
#pragma unroll
    for (int i = 0; i < m_tiles; ++i)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        a[i][e] = slice[place<tile_m, a_k_major>(warp_m + i * 16 + quad + e % 2 * 8, p + e / 2 * 4 + within)];
#pragma unroll
    for (int j = 0; j < n_tiles; ++j)
#pragma unroll
      for (int e = 0; e < 2; ++e)
        b[j][e] = slice[slice_a + place<tile_n, b_k_major>(warp_n + j * 8 + quad, p + e * 4 + within)];
  }
  __device__ void multiply(double (&sum)[m_tiles][n_tiles][4]) const {
#pragma unroll
    for (int i = 0; i < m_tiles; ++i)
#pragma unroll
      for (int j = 0; j < n_tiles; ++j)
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
            "{%0,%1,%2,%3};"
            : "+d"(sum[i][j][0]), "+d"(sum[i][j][1]), "+d"(sum[i][j][2]), "+d"(sum[i][j][3])
            : "d"(a[i][0]), "d"(a[i][1]), "d"(a[i][2]), "d"(a[i][3]), "d"(b[j][0]), "d"(b[j][1]));
  }
};

template <bool a_k_major, bool b_k_major, bool wide>
__global__ void __launch_bounds__(threads, 2) fp64_mma(const CudaGemm<double> g) {
  extern __shared__ __align__(16) double shared[];
  int block_m, block_n;
  grouped_position(blockIdx.x, static_cast<int>((g.m + tile_m - 1) / tile_m),
                   static_cast<int>((g.n + tile_n - 1) / tile_n), 16, block_m, block_n);
  const std::int64_t i0 = block_m * std::int64_t{tile_m}, j0 = block_n * std::int64_t{tile_n};
  Copier<tile_m, a_k_major, wide> copy_a(g.a + blockIdx.z * g.a_batch + i0 * g.a_row, g.a_row, g.a_col,
                                         g.m - i0);
  Copier<tile_n, b_k_major, wide> copy_b(g.b + blockIdx.z * g.b_batch + j0 * g.b_col, g.b_col, g.b_row,
                                         g.n - j0);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, quad = lane / 4, within = lane % 4;
  const int warp_m = warp / 2 * warp_rows, warp_n = warp % 2 * warp_cols;
  int k_left = static_cast<int>(g.k);
  const auto copy = [&](int stage) {
    double* slice = shared + stage * (slice_a + slice_b);
    copy_a.copy(slice, k_left);
    copy_b.copy(slice + slice_a, k_left);
    k_left -= depth;
    async_commit();
  };

  double sum[m_tiles][n_tiles][4] = {};
#pragma unroll
  for (int s = 0; s < stages - 1; ++s) copy(s);
  async_wait<stages - 2>();
  __syncthreads();
  Fragments<a_k_major, b_k_major> now, next;
  now.load(shared, warp_m, warp_n, quad, within, 0);
  int stage = 0, filling = stages - 1;
  for (int k0 = 0; k0 < g.k; k0 += depth) {
    copy(filling);
    next.load(shared + stage * (slice_a + slice_b), warp_m, warp_n, quad, within, 8);
    now.multiply(sum);
    // Whoever is past this barrier has read the whole slice, and the slice after it has arrived.
    async_wait<stages - 2>();
    __syncthreads();
    filling = stage;
    if (++stage == stages) stage = 0;
    now.load(shared + stage * (slice_a + slice_b), warp_m, warp_n, quad, within, 0);
    next.multiply(sum);
  }
  async_wait<0>();

  const bool wide_out =
      g.beta == 0 && g.ldc % 2 == 0 && g.c_batch % 2 == 0 && reinterpret_cast<std::uintptr_t>(g.c) % 16 == 0;
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
  const auto blocks = static_cast<unsigned>(ceil_div(g.m, tile_m) * ceil_div(g.n, tile_n));
  kernel<<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), threads, shared_bytes, stream>>>(g);
}

void set_up(Device& device) {
  const auto allow = [&](auto... kernels) { (allow_shared(device, kernels, shared_bytes), ...); };
  allow(fp64_mma<true, true, true>, fp64_mma<true, true, false>, fp64_mma<true, false, true>,
        fp64_mma<true, false, false>, fp64_mma<false, true, true>, fp64_mma<false, true, false>,
        fp64_mma<false, false, true>, fp64_mma<false, false, false>);
}

void launch(const CudaGemm<double>& g, cudaStream_t stream) {
  const bool a_k_major = g.a_col == 1, b_k_major = g.b_row == 1;
  const auto aligned = [](const double* data, std::int64_t leading, std::int64_t batch, std::int64_t along) {
    return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && leading % 2 == 0 && batch % 2 == 0 &&
           along % 2 == 0;
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
      Kernel kernel =
          cuda_gemm({.summary = "fp64 Tensor cores through mma m16n8k8"}, {.fp64 = launch, .set_up = set_up});
      kernel.supports = [any = kernel.supports](const Problem& problem, const Device& device) {
        if (Support sm = needs_sm(device, 90); !sm) return sm;
        if (Support usual = any(problem, device); !usual) return usual;
        return extents_below(std::get<Gemm>(problem), 30);
      };
      return kernel;
    }};

}  // namespace gemmark
