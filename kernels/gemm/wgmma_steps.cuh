// What the first steps of the wgmma ladder share on the host's side: 16-bit operands that lie along k, one
// tile a block.
#pragma once

#include <memory>

#include "kernels/gemm/wgmma_epilogue.cuh"
#include "kernels/gemm/wgmma_host.hpp"

namespace gemmark::wgmma {

template <class Out>
using StepKernel = void (*)(CUtensorMap a, CUtensorMap b, int tiles_m, int tiles_n, int k_slices,
                            Output<Out>);

struct Step {
  const char* summary;
  int tile_m, tile_n, threads, shared_bytes;
  StepKernel<__nv_bfloat16> bf16;
  StepKernel<__half> fp16;
};

template <class Out>
class StepPlan final : public Plan {
 public:
  StepPlan(const PlanRequest& request, const Step& step, StepKernel<Out> kernel)
      : problem_(std::get<Gemm>(request.problem)), step_(step), kernel_(kernel) {
    allow_shared(request.device, kernel, step.shared_bytes);
  }
  void run(const Operands& operands, Queue queue) override {
    constexpr int slice = 64;  // of k, 128 bytes
    const Gemm& g = problem_;
    maps_.refresh(operands, g.in, step_.tile_m, step_.tile_n);
    const auto tiles_m = static_cast<int>(ceil_div(g.m, step_.tile_m)),
               tiles_n = static_cast<int>(ceil_div(g.n, step_.tile_n));
    kernel_<<<dim3(static_cast<unsigned>(tiles_m * tiles_n), 1, static_cast<unsigned>(g.batch)),
              static_cast<unsigned>(step_.threads), static_cast<std::size_t>(step_.shared_bytes),
              stream_of(queue)>>>(maps_.a, maps_.b, tiles_m, tiles_n, static_cast<int>(ceil_div(g.k, slice)),
                                  output<Out>(g, operands));
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  }

 private:
  Gemm problem_;
  Step step_;
  StepKernel<Out> kernel_;
  Maps maps_;
};

inline Kernel step_kernel(const Step& step) {
  Kernel kernel{.device_kind = "cuda", .summary = step.summary};
  kernel.supports = [](const Problem& problem, const Device& device) {
    const auto& g = std::get<Gemm>(problem);
    if (g.in != Precision::bf16 && g.in != Precision::fp16) return has_no(g.in);
    if (g.ta || !g.tb)
      return Support::no("reads operands along k only (ta=0 tb=1); the persistent step takes more");
    if (g.batch > 65535) return Support::no("is too large for one launch");
    return wgmma::supports(g, device);
  };
  kernel.plan = [=](const PlanRequest& request) -> std::unique_ptr<Plan> {
    if (std::get<Gemm>(request.problem).in == Precision::bf16)
      return std::make_unique<StepPlan<__nv_bfloat16>>(request, step, step.bf16);
    return std::make_unique<StepPlan<__half>>(request, step, step.fp16);
  };
  return kernel;
}

}  // namespace gemmark::wgmma
