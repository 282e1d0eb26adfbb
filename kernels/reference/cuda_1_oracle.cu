// The fp64 oracle on a GPU: operands of any stored type become doubles on their way into shared memory, and
// fp64 Tensor cores (mma m8n8k4, since sm_80) multiply them.
//
// A block computes 128×128 with eight warps of 32×64; the next slice of k is fetched into registers while the
// present one is multiplied.
#include "kernels/api/registry.hpp"
#include "kernels/service/cuda_check.hpp"
#include "kernels/service/cuda_element.cuh"

namespace gemmark {
namespace {

constexpr int tile = 128, slice = 8, threads = 256;
constexpr int pitch =
    tile + 4;  // doubles a row of a slice: the four rows that a fragment reads miss each other
constexpr int per_thread = tile * slice / threads;

/// One operand as the product walks it: `outer` is m or n, `inner` is k.
template <class E>
struct Side {
  typename cuda::Reading<E>::Pointer data;
  std::int64_t outer, outer_stride, inner_stride, batch_stride;
};

template <class E>
__device__ void fetch(const Side<E>& side, typename cuda::Reading<E>::Pointer base, std::int64_t first,
                      std::int64_t k0, std::int64_t k, double (&to)[per_thread]) {
#pragma unroll
  for (int i = 0; i < per_thread; ++i) {
    const int index = threadIdx.x + i * threads;
    // Neighbouring threads read neighbouring addresses.
    const bool along_k = side.inner_stride == 1;
    const std::int64_t outer = first + (along_k ? index / slice : index % tile);
    const std::int64_t inner = k0 + (along_k ? index % slice : index / tile);
    to[i] = outer < side.outer && inner < k
                ? E::load(base[outer * side.outer_stride + inner * side.inner_stride])
                : 0.0;
  }
}

__device__ void put(double (*slice_of)[pitch], bool along_k, const double (&from)[per_thread]) {
#pragma unroll
  for (int i = 0; i < per_thread; ++i) {
    const int index = threadIdx.x + i * threads;
    slice_of[along_k ? index % slice : index / tile][along_k ? index / slice : index % tile] = from[i];
  }
}

template <class EA, class EB>
__global__ void __launch_bounds__(threads) fp64_product(Side<EA> a, Side<EB> b, std::int64_t k, double* c,
                                                        std::int64_t c_row, std::int64_t c_batch) {
  __shared__ double a_slice[2][slice][pitch], b_slice[2][slice][pitch];
  const std::int64_t m0 = blockIdx.x * std::int64_t{tile}, n0 = blockIdx.y * std::int64_t{tile};
  const auto a_base = a.data + blockIdx.z * a.batch_stride;
  const auto b_base = b.data + blockIdx.z * b.batch_stride;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int warp_m = warp / 2 * 32, warp_n = warp % 2 * 64;
  double sum[4][8][2] = {};
  double next_a[per_thread], next_b[per_thread];

  fetch<EA>(a, a_base, m0, 0, k, next_a);
  fetch<EB>(b, b_base, n0, 0, k, next_b);
  int stage = 0;
  for (std::int64_t k0 = 0; k0 < k; k0 += slice, stage ^= 1) {
    put(a_slice[stage], a.inner_stride == 1, next_a);
    put(b_slice[stage], b.inner_stride == 1, next_b);
    __syncthreads();
    fetch<EA>(a, a_base, m0, k0 + slice, k, next_a);
    fetch<EB>(b, b_base, n0, k0 + slice, k, next_b);
#pragma unroll
    for (int p = 0; p < slice; p += 4) {
      double fa[4], fb[8];
#pragma unroll
      for (int i = 0; i < 4; ++i) fa[i] = a_slice[stage][p + lane % 4][warp_m + i * 8 + lane / 4];
#pragma unroll
      for (int j = 0; j < 8; ++j) fb[j] = b_slice[stage][p + lane % 4][warp_n + j * 8 + lane / 4];
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 8; ++j)
          asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0,%1}, {%2}, {%3}, {%0,%1};"
                       : "+d"(sum[i][j][0]), "+d"(sum[i][j][1])
                       : "d"(fa[i]), "d"(fb[j]));
    }
  }
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int j = 0; j < 8; ++j)
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        const std::int64_t row = m0 + warp_m + i * 8 + lane / 4;
        const std::int64_t col = n0 + warp_n + j * 8 + lane % 4 * 2 + e;
        if (row < a.outer && col < b.outer) c[blockIdx.z * c_batch + row * c_row + col] = sum[i][j][e];
      }
}

template <class E>
Side<E> side(const Tensor& tensor, std::int64_t outer, bool outer_is_contiguous) {
  const std::int64_t leading = tensor.shape.stride[1];
  return {cuda::Reading<E>::from(tensor), outer, outer_is_contiguous ? 1 : leading,
          outer_is_contiguous ? leading : 1, tensor.shape.stride[0]};
}

template <class EA, class EB>
void launch(const Gemm& g, const Operands& operands, cudaStream_t stream) {
  const Shape& out = operands.out.shape;
  const auto blocks = [](std::int64_t extent) { return static_cast<unsigned>((extent + tile - 1) / tile); };
  fp64_product<EA, EB>
      <<<dim3(blocks(g.m), blocks(g.n), static_cast<unsigned>(g.batch)), threads, 0, stream>>>(
          side<EA>(operands.in[0], g.m, g.ta), side<EB>(operands.in[1], g.n, !g.tb), g.k,
          operands.out.as<double>(), out.stride[1], out.stride[0]);
  GEMMARK_CUDA_CHECK(cudaGetLastError());
}

Support supports(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  if (sm_version(device) < 80) return Support::no("needs fp64 Tensor cores (sm_80)");
  if (g.in == Precision::w8a16) return Support::no("does not know where w8a16 keeps its scales");
  // Bands of the output that start at any row or column must start on whole bytes of the operands.
  if (is_packed(info(g.in).b) && (!g.tb || (g.ta && is_packed(info(g.in).a))))
    return Support::no("reads " + std::string(name(g.in)) + " along k only (ta=0 tb=1)");
  if (g.batch > 65535 || (g.n + tile - 1) / tile > 65535) return Support::no("is too large for one launch");
  return Support::yes();
}

void run(const Problem& problem, const Operands& operands, Device& device) {
  const auto& g = std::get<Gemm>(problem);
  const cudaStream_t stream = stream_of(device.queue());
  if (g.in == Precision::fp8e5m2)
    launch<cuda::Fp8Element<__NV_E5M2>, cuda::Fp8Element<__NV_E4M3>>(g, operands, stream);
  else if (g.in == Precision::w4a16)
    launch<cuda::Fp16Element, cuda::PackedElement<Dtype::w4>>(g, operands, stream);
  else
    cuda::with_cuda_input(info(g.in).a, [&]<class E>(E) { launch<E, E>(g, operands, stream); });
  device.synchronize();
}

}  // namespace

const Registration registration{
    GEMMARK_FILE,
    [] { return Oracle{.device_kind = "cuda", .priority = 1, .supports = supports, .run = run}; }};

}  // namespace gemmark
