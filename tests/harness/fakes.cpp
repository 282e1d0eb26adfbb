#include "tests/harness/fakes.hpp"

#include <cstdint>
#include <mutex>

namespace gemmark::testing {
namespace {

class FakePlan final : public Plan {
 public:
  FakePlan(Gemm problem, Compute compute, std::int64_t workspace)
      : problem_(problem), compute_(std::move(compute)), workspace_(workspace) {}
  void run(const Operands& operands, Queue) override { compute_(problem_, operands); }
  std::int64_t workspace_bytes() const override { return workspace_; }

 private:
  Gemm problem_;
  Compute compute_;
  std::int64_t workspace_;
};

}  // namespace

Kernel fake_kernel(const std::string& name, const Compute& compute, std::int64_t workspace_bytes) {
  Kernel kernel;
  kernel.name = "gemm/fake";
  kernel.variant = name;
  kernel.backend = "fake";
  kernel.supports = [](const Problem&, const Device&) { return Support::yes(); };
  kernel.plan = [=](const PlanRequest& request) -> std::unique_ptr<Plan> {
    return std::make_unique<FakePlan>(std::get<Gemm>(request.problem), compute, workspace_bytes);
  };
  return kernel;
}

std::int64_t a_index(const Gemm& g, std::int64_t row, std::int64_t col) {
  return g.ta ? col * g.lda() + row : row * g.lda() + col;
}
std::int64_t b_index(const Gemm& g, std::int64_t row, std::int64_t col) {
  return g.tb ? col * g.ldb() + row : row * g.ldb() + col;
}

void right(const Gemm& g, const Operands& operands, const Spoil& spoil) {
  const auto& [a, b] = std::tie(operands.in[0], operands.in[1]);
  for (std::int64_t batch = 0; batch < g.batch; ++batch)
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) {
        double sum = 0;
        for (std::int64_t p = 0; p < g.k; ++p)
          sum += load(a, batch * a.shape.stride[0] + a_index(g, i, p)) *
                 load(b, batch * b.shape.stride[0] + b_index(g, p, j));
        if (spoil) sum = spoil(i, j, sum);
        const std::int64_t at = batch * operands.out.shape.stride[0] + i * g.ldc() + j;
        store(operands.out, at, g.alpha * sum + (g.beta != 0 ? g.beta * load(operands.out, at) : 0));
      }
}

void register_oracle() {
  static std::once_flag once;
  std::call_once(once, [] {
    Oracle oracle;
    oracle.name = "test/naive";
    oracle.backend = "fake";
    oracle.supports = [](const Problem&, const Device&) { return Support::yes(); };
    oracle.run = [](const Problem& problem, const Operands& operands, Device&) {
      right(std::get<Gemm>(problem), operands);
    };
    Registry::global().add({"test/naive", "fake"}, oracle);
  });
}

Bench::Bench() : lab{Registry::global(), {}} {
  register_oracle();
  lab.options.time_limit_s = 0.002;
  lab.oracle_flops_per_s["host"] = 1e12;
  lab.on_result = [this](const ResultRecord& record) { results.push_back(record); };
}

std::vector<ResultRecord> Bench::measure(const std::string& problem,
                                         const std::vector<std::string>& kernels) {
  Unit unit;
  unit.comparison = comparison_text(parse_problem(problem));
  unit.device = "host";
  unit.mode = mode;
  for (const std::string& kernel : kernels)
    unit.cases.push_back({to_text(parse_problem(problem)), "gemm/fake[" + kernel + "]", 1});
  results.clear();
  measure_unit(lab, unit);
  return results;
}

}  // namespace gemmark::testing
