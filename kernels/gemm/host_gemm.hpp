// Turns a plain host function over float and double matrices into a Kernel: what every rung of the CPU ladder
// shares, so that its file holds only its idea.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
  const T* prepacked_b = nullptr;  ///< what HostGemm::prepack made of B

  const T& a(std::int64_t i, std::int64_t p) const { return a_data[i * a_row + p * a_col]; }
  const T& b(std::int64_t p, std::int64_t j) const { return b_data[p * b_row + j * b_col]; }
};

/// The function for each element type, and the scratch memory it wants for a problem and thread count.
struct HostGemm {
  void (*fp32)(const GemmArgs<float>&, int threads) = nullptr;
  void (*fp64)(const GemmArgs<double>&, int threads) = nullptr;
  std::int64_t (*workspace_bytes)(const Gemm&, const CacheSizes&, int threads) = nullptr;
  /// For a kernel that prepacks B: what one product's takes, and the function that writes it. Of its
  /// arguments only what concerns B is there.
  std::int64_t (*prepacked_elements)(const Gemm&, const CacheSizes&, int threads) = nullptr;
  void (*prepack32)(const GemmArgs<float>&, float* to, int threads) = nullptr;
  void (*prepack64)(const GemmArgs<double>&, double* to, int threads) = nullptr;

  template <class T>
  auto product() const {
    if constexpr (std::is_same_v<T, double>)
      return fp64;
    else
      return fp32;
  }
  template <class T>
  auto prepack() const {
    if constexpr (std::is_same_v<T, double>)
      return prepack64;
    else
      return prepack32;
  }
};

template <class T>
GemmArgs<T> gemm_args(const Gemm& g, const Operands& operands, std::int64_t index, std::byte* workspace,
                      const CacheSizes& caches) {
  const auto base = [&](const Tensor& t) {
    return t.data != nullptr ? t.as<T>() + index * t.shape.stride[0] : nullptr;
  };
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
  HostGemmPlan(const HostGemm& functions, const PlanRequest& request, int threads)
      : problem_(std::get<Gemm>(request.problem)),
        functions_(functions),
        caches_(cache_sizes(request.device.info())),
        threads_(threads) {
    share_out(threads);
    if (request.constants == nullptr) return;
    if (problem_.in == Precision::fp64)
      prepack<double>(request.device, *request.constants);
    else
      prepack<float>(request.device, *request.constants);
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
  std::span<std::byte> prepacked() const override {
    if (!prepacked_) return {};
    return {prepacked_->data(), static_cast<std::size_t>(prepacked_->bytes())};
  }

 private:
  void share_out(int threads) {
    const Gemm& problem = problem_;
    const double each = 2.0 * static_cast<double>(problem.m) * static_cast<double>(problem.n) *
                        static_cast<double>(problem.k);
    if (problem.batch == 1 || worthwhile_threads(each, threads) == threads) return;
    splits_batch_ = true;
    region_ = threads;
    workers_ = static_cast<int>(std::min<std::int64_t>(
        problem.batch, worthwhile_threads(each * static_cast<double>(problem.batch), threads)));
    threads_ = 1;
  }
  template <class T>
  void prepack(Device& device, const Operands& constants) {
    // What different products read lies in different cache lines.
    constexpr std::int64_t line = 64 / sizeof(T);
    product_elements_ = ceil_div(functions_.prepacked_elements(problem_, caches_, threads_), line) * line;
    prepacked_ = device.allocate(problem_.batch * product_elements_ * std::int64_t{sizeof(T)});
    for (std::int64_t index = 0; index < problem_.batch; ++index)
      functions_.prepack<T>()(gemm_args<T>(problem_, constants, index, nullptr, caches_),
                              prepacked_product<T>(index), threads_);
  }
  template <class T>
  T* prepacked_product(std::int64_t index) const {
    return reinterpret_cast<T*>(prepacked_->data()) + index * product_elements_;
  }

  void share(const Operands& operands, Range products, std::byte* workspace) const {
    for (std::int64_t index = products.first; index < products.last; ++index)
      if (problem_.in == Precision::fp64)
        multiply<double>(operands, index, workspace);
      else
        multiply<float>(operands, index, workspace);
  }
  template <class T>
  void multiply(const Operands& operands, std::int64_t index, std::byte* workspace) const {
    GemmArgs<T> args = gemm_args<T>(problem_, operands, index, workspace, caches_);
    if (prepacked_) args.prepacked_b = prepacked_product<T>(index);
    functions_.product<T>()(args, threads_);
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
  std::unique_ptr<Memory> prepacked_;
  std::int64_t product_elements_ = 0;  ///< of it for one product
  bool splits_batch_ = false;
};

inline Support worth_prepacking(const Gemm& g) {
  if (Support constants = has_constants(g); !constants) return constants;
  if (g.m == 1 || g.n == 1)
    return Support::no("has nothing to pack: a product with a vector reads each operand once, where it is");
  return Support::yes();
}

inline Kernel host_gemm(Kernel kernel, HostGemm functions) {
  kernel.prepacks = functions.prepacked_elements != nullptr;
  if (kernel.prepacks) kernel.variant = "prepacked";
  kernel.supports = [functions](const Problem& problem, const Device&) {
    const auto& g = std::get<Gemm>(problem);
    if (!((g.in == Precision::fp32 && functions.fp32) || (g.in == Precision::fp64 && functions.fp64)))
      return Support::no(fmt::format("has no {} variant", name(g.in)));
    if (g.out && *g.out != info(g.in).out)
      return Support::no(fmt::format("writes {} only", name(info(g.in).out)));
    return functions.prepacked_elements ? worth_prepacking(g) : Support::yes();
  };
  kernel.plan = [functions, threaded = kernel.threaded](const PlanRequest& request) -> std::unique_ptr<Plan> {
    return std::make_unique<HostGemmPlan>(functions, request, threaded ? request.threads : 1);
  };
  return kernel;
}

/// A packed kernel and its variant for weights.
inline std::vector<Kernel> packed_kernels(const std::string& summary, HostGemm packed, HostGemm prepacked) {
  return {host_gemm({.summary = summary, .threaded = true}, packed),
          host_gemm({.summary = summary + ", B packed ahead of time", .threaded = true}, prepacked)};
}

}  // namespace gemmark
