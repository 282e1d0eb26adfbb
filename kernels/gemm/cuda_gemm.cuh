// Turns a launch function over float and double matrices into a Kernel: what every rung of the CUDA-core
// ladder shares, so that its file holds only its idea.
#pragma once

#include "kernels/gemm/device_gemm.hpp"

namespace gemmark {

/// A batch of C = alpha·op(A)·op(B) + beta·C. C must not be read where beta = 0. Element (i, p) of op(A) is
/// a[i·a_row + p·a_col], whatever the transposition; the same for B.
template <class T>
struct CudaGemm {
  std::int64_t m, n, k, batch;
  T alpha, beta;
  const T* a;
  std::int64_t a_row, a_col, a_batch;
  const T* b;
  std::int64_t b_row, b_col, b_batch;
  T* c;
  std::int64_t ldc, c_batch;

  __device__ void store(std::int64_t index, std::int64_t row, std::int64_t col, T sum) const {
    T& to = c[index * c_batch + row * ldc + col];
    to = alpha * sum + (beta != 0 ? beta * to : 0);
  }
};

template <class T>
CudaGemm<T> cuda_gemm_args(const Gemm& g, const Operands& operands) {
  return {g.m,
          g.n,
          g.k,
          g.batch,
          static_cast<T>(g.alpha),
          static_cast<T>(g.beta),
          operands.in[0].as<T>(),
          g.ta ? 1 : g.lda(),
          g.ta ? g.lda() : 1,
          operands.in[0].shape.stride[0],
          operands.in[1].as<T>(),
          g.tb ? 1 : g.ldb(),
          g.tb ? g.ldb() : 1,
          operands.in[1].shape.stride[0],
          operands.out.as<T>(),
          g.ldc(),
          operands.out.shape.stride[0]};
}

/// Blocks of rows×cols outputs; x counts columns, the batch is z.
template <class T>
dim3 grid_of(const CudaGemm<T>& g, int rows, int cols) {
  return dim3(static_cast<unsigned>(ceil_div(g.n, cols)), static_cast<unsigned>(ceil_div(g.m, rows)),
              static_cast<unsigned>(g.batch));
}

struct CudaLaunch {
  std::int64_t block_rows = 0;  ///< where the grid's y counts blocks of so many rows
  void (*fp32)(const CudaGemm<float>&, cudaStream_t) = nullptr;
  void (*fp64)(const CudaGemm<double>&, cudaStream_t) = nullptr;
  void (*set_up)(Device&) = nullptr;  ///< before launches on that device
};

inline Kernel cuda_gemm(Kernel kernel, CudaLaunch launch) {
  kernel.device_kind = "cuda";
  kernel.supports = [launch](const Problem& problem, const Device&) {
    const auto& g = std::get<Gemm>(problem);
    if (!((g.in == Precision::fp32 && launch.fp32) || (g.in == Precision::fp64 && launch.fp64)))
      return has_no(g.in);
    // A grid has at most 65535 blocks along y and z.
    if (g.batch > 65535 || (launch.block_rows > 0 && g.m > 65535 * launch.block_rows))
      return Support::no("is too large for one launch");
    return writes_only_its_own_type(g);
  };
  kernel.plan = [launch](const PlanRequest& request) -> std::unique_ptr<Plan> {
    if (launch.set_up) launch.set_up(request.device);
    return std::make_unique<LaunchPlan>(
        [launch, g = std::get<Gemm>(request.problem)](const Operands& operands, cudaStream_t stream) {
          if (g.in == Precision::fp64)
            launch.fp64(cuda_gemm_args<double>(g, operands), stream);
          else
            launch.fp32(cuda_gemm_args<float>(g, operands), stream);
          GEMMARK_CUDA_CHECK(cudaGetLastError());
        });
  };
  return kernel;
}

}  // namespace gemmark
