// Turns a loaded BLAS into kernels: one as the environment has it, and one with the best core type where that
// is another. The library's row-major interface takes every transposition and leading dimension as it is.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/api/registry.hpp"
#include "kernels/backends/blas.hpp"

namespace gemmark {

class CblasPlan final : public Plan {
 public:
  CblasPlan(const Gemm& problem, const Cblas& blas, int threads)
      : problem_(problem), blas_(blas), threads_(threads) {
    set_threads();
    granted_ = blas_.threads();
  }

  void run(const Operands& operands, Queue) override {
    // Plans with other counts may have run in between.
    if (blas_.threads() != granted_) set_threads();
    if (problem_.in == Precision::fp64)
      multiply(blas_.dgemm, operands);
    else if (problem_.in == Precision::fp32)
      multiply(blas_.sgemm, operands);
    else
      multiply(blas_.sbgemm, operands);
  }

  std::string algorithm() const override {
    return granted_ == threads_ ? blas_.core
                                : fmt::format("{}, {} of {} threads", blas_.core, granted_, threads_);
  }

 private:
  void set_threads() const { blas_.set_threads(threads_); }

  template <class In, class Out>
  void multiply(CblasGemm<In, Out>* gemm, const Operands& operands) const {
    const Gemm& g = problem_;
    const auto narrow = [](std::int64_t value) { return static_cast<int>(value); };
    // Even of an empty matrix the library wants a positive leading dimension.
    const auto leading = [](std::int64_t value) {
      return static_cast<int>(std::max<std::int64_t>(value, 1));
    };
    for (std::int64_t index = 0; index < g.batch; ++index)
      gemm(cblas_row_major, g.ta ? cblas_trans : cblas_no_trans, g.tb ? cblas_trans : cblas_no_trans,
           narrow(g.m), narrow(g.n), narrow(g.k), static_cast<Out>(g.alpha),
           operands.in[0].as<In>() + index * operands.in[0].shape.stride[0], leading(g.lda()),
           operands.in[1].as<In>() + index * operands.in[1].shape.stride[0], leading(g.ldb()),
           static_cast<Out>(g.beta), operands.out.as<Out>() + index * operands.out.shape.stride[0],
           leading(g.ldc()));
  }

  Gemm problem_;
  Cblas blas_;
  int threads_;
  int granted_ = 1;
};

inline Support cblas_supports(const Gemm& g, bool bf16) {
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  if (std::max({g.m, g.n, g.k, g.lda(), g.ldb(), g.ldc()}) > most)
    return Support::no("takes 32-bit sizes only");
  const Dtype out = g.out.value_or(info(g.in).out);
  if (g.in == Precision::bf16 && bf16)
    return out == Dtype::f32 ? Support::yes() : Support::no("writes bf16 products to fp32 only (out=fp32)");
  if (g.in != Precision::fp32 && g.in != Precision::fp64)
    return Support::no(fmt::format("has no {} routine", name(g.in)));
  if (out != info(g.in).out) return Support::no(fmt::format("writes {} only", name(info(g.in).out)));
  return Support::yes();
}

/// `found` must live as long as the kernels.
inline std::vector<Kernel> cblas_kernels(const BlasFamily& family, const BlasFinding& found) {
  const auto kernel = [&](const std::optional<Cblas>& blas, std::string variant, std::string summary) {
    Kernel made{.variant = std::move(variant), .role = Role::vendor, .summary = std::move(summary)};
    made.threaded = !blas || blas->threaded;
    made.supports = [&blas](const Problem& problem, const Device&) {
      return cblas_supports(std::get<Gemm>(problem), blas && blas->sbgemm != nullptr);
    };
    made.plan = [&blas, &found](const PlanRequest& request) -> std::unique_ptr<Plan> {
      if (!blas) throw LibraryError(found.available.why());
      return std::make_unique<CblasPlan>(std::get<Gemm>(request.problem), *blas, request.threads);
    };
    return made;
  };
  std::vector<Kernel> kernels{kernel(found.environment, {}, family.display + " as the environment has it")};
  if (found.best)
    kernels.push_back(kernel(found.best, found.best->core,
                             fmt::format("{} told to use its best core type here", family.display)));
  return kernels;
}

}  // namespace gemmark
