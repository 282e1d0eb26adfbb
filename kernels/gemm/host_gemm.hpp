// Turns a plain host function over float and double matrices into a Kernel: what every rung of the CPU ladder
// shares, so that its file holds only its idea.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "kernels/api/registry.hpp"

namespace gemmark {

/// One product of a batch: C = alpha·op(A)·op(B) + beta·C. C must not be read where beta = 0.
/// Element (i, p) of op(A) is a_data[i·a_row + p·a_col], whatever the transposition; the same for B.
template <class T>
struct GemmArgs {
  std::int64_t m, n, k;
  T alpha, beta;
  const T* a_data;
  std::int64_t a_row, a_col;
  const T* b_data;
  std::int64_t b_row, b_col;
  T* c;
  std::int64_t ldc;
  std::byte* workspace;

  const T& a(std::int64_t i, std::int64_t p) const { return a_data[i * a_row + p * a_col]; }
  const T& b(std::int64_t p, std::int64_t j) const { return b_data[p * b_row + j * b_col]; }
};

/// The function for each element type, and the scratch memory it wants for a problem and thread count.
struct HostGemm {
  void (*fp32)(const GemmArgs<float>&, int threads) = nullptr;
  void (*fp64)(const GemmArgs<double>&, int threads) = nullptr;
  std::int64_t (*workspace_bytes)(const Gemm&, int threads) = nullptr;
};

template <class T>
GemmArgs<T> gemm_args(const Gemm& g, const Operands& operands, std::int64_t index) {
  const auto base = [&](const Tensor& t) { return t.as<T>() + index * t.shape.stride[0]; };
  return {g.m,
          g.n,
          g.k,
          static_cast<T>(g.alpha),
          static_cast<T>(g.beta),
          base(operands.in[0]),
          g.ta ? 1 : g.lda(),
          g.ta ? g.lda() : 1,
          base(operands.in[1]),
          g.tb ? 1 : g.ldb(),
          g.tb ? g.ldb() : 1,
          base(operands.out),
          g.ldc(),
          operands.workspace};
}

class HostGemmPlan final : public Plan {
 public:
  HostGemmPlan(const Gemm& problem, const HostGemm& functions, int threads)
      : problem_(problem), functions_(functions), threads_(threads) {}

  void run(const Operands& operands, Queue) override {
    for (std::int64_t index = 0; index < problem_.batch; ++index)
      if (problem_.in == Precision::fp64)
        functions_.fp64(gemm_args<double>(problem_, operands, index), threads_);
      else
        functions_.fp32(gemm_args<float>(problem_, operands, index), threads_);
  }
  std::int64_t workspace_bytes() const override {
    return functions_.workspace_bytes ? functions_.workspace_bytes(problem_, threads_) : 0;
  }

 private:
  Gemm problem_;
  HostGemm functions_;
  int threads_;
};

inline Kernel host_gemm(Kernel kernel, HostGemm functions) {
  kernel.supports = [functions](const Problem& problem, const Device&) {
    const auto& g = std::get<Gemm>(problem);
    if (!((g.in == Precision::fp32 && functions.fp32) || (g.in == Precision::fp64 && functions.fp64)))
      return Support::no(fmt::format("has no {} variant", name(g.in)));
    if (g.out && *g.out != info(g.in).out)
      return Support::no(fmt::format("writes {} only", name(info(g.in).out)));
    return Support::yes();
  };
  kernel.plan = [functions](const PlanRequest& request) -> std::unique_ptr<Plan> {
    return std::make_unique<HostGemmPlan>(std::get<Gemm>(request.problem), functions, request.threads);
  };
  return kernel;
}

}  // namespace gemmark
