// What the first steps of the wgmma ladder share on the host's side: 16-bit operands that lie along k, one
// tile a block.
#pragma once

#include <memory>

#include "kernels/gemm/wgmma_epilogue.cuh"
#include "kernels/gemm/wgmma_host.hpp"

namespace gemmark::wgmma {

struct StepLaunch {
  using Function = void (*)(const Gemm&, const Operands&, const Maps&, cudaStream_t);
  Function bf16, fp16;
};

class StepPlan final : public Plan {
 public:
  StepPlan(const Gemm& problem, StepLaunch::Function launch, int tile_m, int tile_n)
      : problem_(problem), launch_(launch), tile_m_(tile_m), tile_n_(tile_n) {}
  void run(const Operands& operands, Queue queue) override {
    maps_.refresh(operands, problem_.in, tile_m_, tile_n_);
    launch_(problem_, operands, maps_, stream_of(queue));
  }

 private:
  Gemm problem_;
  StepLaunch::Function launch_;
  int tile_m_, tile_n_;
  Maps maps_;
};

inline Kernel step_kernel(const char* summary, int tile_m, int tile_n, StepLaunch launch) {
  Kernel kernel{.device_kind = "cuda", .summary = summary};
  kernel.supports = [](const Problem& problem, const Device& device) {
    const auto& g = std::get<Gemm>(problem);
    if (g.in != Precision::bf16 && g.in != Precision::fp16) return has_no(g.in);
    if (g.ta || !g.tb)
      return Support::no("reads operands along k only (ta=0 tb=1); the persistent step takes more");
    if (g.batch > 65535) return Support::no("is too large for one launch");
    return wgmma::supports(g, device);
  };
  kernel.plan = [=](const PlanRequest& request) -> std::unique_ptr<Plan> {
    const auto& g = std::get<Gemm>(request.problem);
    return std::make_unique<StepPlan>(g, g.in == Precision::bf16 ? launch.bf16 : launch.fp16, tile_m, tile_n);
  };
  return kernel;
}

}  // namespace gemmark::wgmma
