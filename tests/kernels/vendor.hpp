// What the tests of vendor libraries share: operands of small integers, for which every product is exact in
// every precision, so that a result is right to the bit or wrong.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"
#include "tests/kernels/naive.hpp"

namespace gemmark::testing {

/// A problem with its operands; C is poisoned, or holds small integers where beta reads it.
class VendorCase {
 public:
  VendorCase(const std::string& text, Device& device) : problem(parse_problem(text)), device_(device) {
    const OperandShapes shapes = operand_shapes(problem);
    operands.in[0] = make(shapes.in[0], 3);
    operands.in[1] = make(shapes.in[1], 5);
    operands.out = make(shapes.out, 7);
    reset();
  }

  void reset() {
    const bool reads = gemm().beta != 0;
    const std::int64_t elements = operands.out.shape.span_bytes() * 8 / info(operands.out.shape.dtype).bits;
    for (std::int64_t i = 0; i < elements; ++i) store(operands.out, i, reads ? old(i) : poison());
  }
  /// `text` as that kernel wants it posed: B is a constant to those that make something of it.
  static std::string posed_to(const Kernel& kernel, const std::string& text) {
    return text + (kernel.prepacks ? " const=b" : "");
  }
  std::unique_ptr<Plan> plan(const Kernel& kernel, int threads) {
    return kernel.plan({problem, device_, threads, kernel.prepacks ? &operands : nullptr});
  }
  void give_workspace(const Plan& plan) {
    memory_.push_back(device_.allocate(std::max<std::int64_t>(plan.workspace_bytes(), 1)));
    operands.workspace = memory_.back()->data();
  }
  /// Elements of C that differ from the definition.
  int wrong() const {
    const Gemm& g = gemm();
    const auto& [a, b] = std::pair(operands.in[0], operands.in[1]);
    int count = 0;
    for (std::int64_t l = 0; l < g.batch; ++l)
      for (std::int64_t i = 0; i < g.m; ++i)
        for (std::int64_t j = 0; j < g.n; ++j) {
          double sum = 0;
          for (std::int64_t p = 0; p < g.k; ++p)
            sum += load(a, l * a.shape.stride[0] + (g.ta ? p * g.lda() + i : i * g.lda() + p)) *
                   load(b, l * b.shape.stride[0] + (g.tb ? j * g.ldb() + p : p * g.ldb() + j));
          const std::int64_t at = l * operands.out.shape.stride[0] + i * g.ldc() + j;
          const double want = g.alpha * sum + (g.beta != 0 ? g.beta * old(at) : 0);
          count += !(load(operands.out, at) == want);
        }
    return count;
  }
  const Gemm& gemm() const { return std::get<Gemm>(problem); }

  Problem problem;
  Operands operands{};

 private:
  Tensor make(const Shape& shape, int step) {
    memory_.push_back(device_.allocate(shape.span_bytes() + 4096));
    const Tensor tensor{shape, memory_.back()->data()};
    const std::int64_t elements = shape.span_bytes() * 8 / info(shape.dtype).bits;
    for (std::int64_t i = 0; i < elements; ++i)
      store(tensor, i, static_cast<double>((i * step + i / 7) % 3 - 1));
    return tensor;
  }
  // No test's result is as large.
  double poison() const {
    return is_integer(operands.out.shape.dtype) ? -987654321 : std::numeric_limits<double>::quiet_NaN();
  }
  static double old(std::int64_t index) { return static_cast<double>(index % 5 - 2); }

  Device& device_;
  std::vector<std::unique_ptr<Memory>> memory_;
};

inline Device& host() { return *Registry::global().devices().front(); }

/// Whether the backend is here; says why not.
inline bool here(const std::string& backend) {
  const BackendStatus& status = Registry::global().status(backend);
  if (!status.available) WARN("skipped: " << backend << ": " << status.available.why());
  return static_cast<bool>(status.available);
}

}  // namespace gemmark::testing
