// Turns a plain host function over float and double matrices into a Kernel: what every rung of the CPU ladder
// shares, so that its file holds only its idea.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "kernels/api/registry.hpp"
#include "kernels/gemm/blocking.hpp"

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
  CacheSizes caches;

  const T& a(std::int64_t i, std::int64_t p) const { return a_data[i * a_row + p * a_col]; }
  const T& b(std::int64_t p, std::int64_t j) const { return b_data[p * b_row + j * b_col]; }
};

/// The function for each element type, and the scratch memory it wants for a problem and thread count.
struct HostGemm {
  void (*fp32)(const GemmArgs<float>&, int threads) = nullptr;
  void (*fp64)(const GemmArgs<double>&, int threads) = nullptr;
  std::int64_t (*workspace_bytes)(const Gemm&, const CacheSizes&, int threads) = nullptr;
};

template <class T>
GemmArgs<T> gemm_args(const Gemm& g, const Operands& operands, std::int64_t index, std::byte* workspace,
                      const CacheSizes& caches) {
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
          workspace,
          caches};
}

/// Threads split either one product after the other, or, where one is too small for all of them, the batch.
class HostGemmPlan final : public Plan {
 public:
  HostGemmPlan(const Gemm& problem, const HostGemm& functions, const CacheSizes& caches, int threads)
      : problem_(problem), functions_(functions), caches_(caches), threads_(threads) {
    const double each = 2.0 * static_cast<double>(problem.m) * static_cast<double>(problem.n) *
                        static_cast<double>(problem.k);
    if (problem.batch == 1 || worthwhile_threads(each, threads) == threads) return;
    splits_batch_ = true;
    region_ = threads;
    workers_ = static_cast<int>(std::min<std::int64_t>(
        problem.batch, worthwhile_threads(each * static_cast<double>(problem.batch), threads)));
    threads_ = 1;
  }

  void run(const Operands& operands, Queue) override {
    if (!splits_batch_) return share(operands, {0, problem_.batch}, operands.workspace);
    const std::int64_t own_bytes = product_workspace();
    // The region has all threads, idle ones too: blocking.hpp says why.
#pragma omp parallel for num_threads(region_) if (workers_ > 1) schedule(static, 1)
    for (int i = 0; i < workers_; ++i)
      share(operands, part(problem_.batch, workers_, i), operands.workspace + i * own_bytes);
  }
  std::int64_t workspace_bytes() const override { return workers_ * product_workspace(); }

 private:
  void share(const Operands& operands, Range products, std::byte* workspace) const {
    for (std::int64_t index = products.first; index < products.last; ++index)
      if (problem_.in == Precision::fp64)
        functions_.fp64(gemm_args<double>(problem_, operands, index, workspace, caches_), threads_);
      else
        functions_.fp32(gemm_args<float>(problem_, operands, index, workspace, caches_), threads_);
  }
  std::int64_t product_workspace() const {
    if (!functions_.workspace_bytes) return 0;
    return round_to_pages(functions_.workspace_bytes(problem_, caches_, threads_));
  }

  Gemm problem_;
  HostGemm functions_;
  CacheSizes caches_;
  int threads_;      ///< of each product
  int workers_ = 1;  ///< of the batch
  int region_ = 1;
  bool splits_batch_ = false;
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
  kernel.plan = [functions, threaded = kernel.threaded](const PlanRequest& request) -> std::unique_ptr<Plan> {
    return std::make_unique<HostGemmPlan>(std::get<Gemm>(request.problem), functions,
                                          cache_sizes(request.device.info()), threaded ? request.threads : 1);
  };
  return kernel;
}

}  // namespace gemmark
