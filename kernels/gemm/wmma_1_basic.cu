// Tensor cores in the fewest words: a warp takes one fragment of C and walks along k, loading its fragments
// of A and B straight from global memory.
//
// Cost: each fragment loaded serves a single product, so this waits for the caches nearly all the time; it
// takes only extents that are multiples of the fragment, since WMMA has no masks. The next step answers both.
#include "kernels/gemm/wmma_types.cuh"

namespace gemmark {
namespace {

using namespace wmma_types;

constexpr int warps = 4;

template <class T, bool a_k_major, bool b_k_major>
__global__ void __launch_bounds__(32 * warps) basic(const Args<T> g) {
  using LayoutA = std::conditional_t<a_k_major, wmma::row_major, wmma::col_major>;
  using LayoutB = std::conditional_t<b_k_major, wmma::col_major, wmma::row_major>;
  const std::int64_t tiles_n = g.n / T::n, tile = blockIdx.x * std::int64_t{warps} + threadIdx.x / 32;
  if (tile >= g.m / T::m * tiles_n) return;
  const std::int64_t i0 = tile / tiles_n * T::m, j0 = tile % tiles_n * T::n;
  const auto* a = g.a + blockIdx.z * g.a_batch + i0 * (a_k_major ? g.lda : 1);
  const auto* b = g.b + blockIdx.z * g.b_batch + j0 * (b_k_major ? g.ldb : 1);
  wmma::fragment<wmma::accumulator, T::m, T::n, T::k, typename T::Sum> sum;
  wmma::fill_fragment(sum, typename T::Sum{0});
  for (std::int64_t p = 0; p < g.k; p += T::k) {
    wmma::fragment<wmma::matrix_a, T::m, T::n, T::k, typename T::Fragment, LayoutA> fa;
    wmma::fragment<wmma::matrix_b, T::m, T::n, T::k, typename T::Fragment, LayoutB> fb;
    wmma::load_matrix_sync(fa, a + p * (a_k_major ? 1 : g.lda), static_cast<unsigned>(g.lda));
    wmma::load_matrix_sync(fb, b + p * (b_k_major ? 1 : g.ldb), static_cast<unsigned>(g.ldb));
    round_operand(fa), round_operand(fb);
    wmma::mma_sync(sum, fa, fb, sum);
  }
  __shared__ __align__(32) typename T::Sum patch[warps][T::m * T::n];
  auto* mine = patch[threadIdx.x / 32];
  wmma::store_matrix_sync(mine, sum, T::n, wmma::mem_row_major);
  __syncwarp();
  for (int i = threadIdx.x % 32; i < T::m * T::n; i += 32)
    g.store(g.c + blockIdx.z * g.c_batch + (i0 + i / T::n) * g.ldc + j0 + i % T::n, mine[i]);
}

template <class T, bool a_k_major, bool b_k_major>
void launch(const Gemm& g, const Operands& operands, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(ceil_div(g.m / T::m * (g.n / T::n), warps));
  basic<T, a_k_major, b_k_major>
      <<<dim3(blocks, 1, static_cast<unsigned>(g.batch)), 32 * warps, 0, stream>>>(args<T>(g, operands));
  GEMMARK_CUDA_CHECK(cudaGetLastError());
}

Support whole_fragments(const Problem& problem, const Device& device) {
  if (Support common = wmma_types::supports(problem, device); !common) return common;
  const auto& g = std::get<Gemm>(problem);
  bool whole = true;
  with_types(g,
             [&]<class T, bool, bool>() { whole = g.m % T::m == 0 && g.n % T::n == 0 && g.k % T::k == 0; });
  return whole ? Support::yes()
               : Support::no("takes whole fragments only: m, n and k in multiples of their extents");
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  return std::make_unique<LaunchPlan>(
      [g = std::get<Gemm>(request.problem)](const Operands& operands, cudaStream_t stream) {
        with_types(g, [&]<class T, bool a, bool b>() { launch<T, a, b>(g, operands, stream); });
      });
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{.device_kind = "cuda",
                                                .summary = "WMMA, fragments straight from global memory",
                                                .supports = whole_fragments,
                                                .plan = plan};
                                }};

}  // namespace gemmark
