// NVIDIA's library as the bar: cublasLtMatmul, once with the algorithm that its heuristic ranks first, once
// with the fastest of all that the heuristic offers, timed here at set-up. Both accumulate in the type that
// the precision promises: what splits k and adds up the parts in a narrower output is not asked for.
//
// cuBLAS is column-major: a row-major C = A·B is its Cᵀ = Bᵀ·Aᵀ on the same memory, so B goes first.
#include <algorithm>

#include "kernels/gemm/cublas_types.hpp"
#include "kernels/gemm/cublaslt_table.hpp"
#include "kernels/gemm/device_gemm.hpp"

namespace gemmark {
namespace {

using cublas::Scalar;
using cublas::Types;
using cublas::types_of;
using cublaslt::table;

constexpr std::size_t workspace_limit = 64 << 20;
constexpr int candidates = 32;
constexpr double search_budget_s = 1;  // of the device's time
constexpr double untried = 1e30;

/// The descriptors of one problem, for a device that becomes the current one.
class Setup {
 public:
  Setup(const Gemm& g, const Device& device)
      : alpha_(g.alpha, types(g).scale), beta_(g.beta, types(g).scale) {
    make_current(device);
    handle_ = cublaslt::handle();
    const Types t = types(g);
    GEMMARK_CUBLAS_CHECK(table().operation_create(&operation_, t.compute, t.scale));
    const auto set = [&](cublasLtMatmulDescAttributes_t which, auto value) {
      GEMMARK_CUBLAS_CHECK(table().operation_set(operation_, which, &value, sizeof value));
    };
    set(CUBLASLT_MATMUL_DESC_TRANSA, static_cast<std::int32_t>(g.tb ? CUBLAS_OP_T : CUBLAS_OP_N));
    set(CUBLASLT_MATMUL_DESC_TRANSB, static_cast<std::int32_t>(g.ta ? CUBLAS_OP_T : CUBLAS_OP_N));
    const auto layout = [&](cublasLtMatrixLayout_t& made, cudaDataType_t type, std::int64_t contiguous,
                            std::int64_t rows, std::int64_t leading) {
      GEMMARK_CUBLAS_CHECK(table().layout_create(&made, type, static_cast<std::uint64_t>(contiguous),
                                                 static_cast<std::uint64_t>(rows), leading));
      if (g.batch == 1) return;
      const auto count = static_cast<std::int32_t>(g.batch);
      const std::int64_t stride = rows * leading;
      GEMMARK_CUBLAS_CHECK(
          table().layout_set(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count));
      GEMMARK_CUBLAS_CHECK(
          table().layout_set(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride));
    };
    layout(first_, t.b, g.tb ? g.k : g.n, g.tb ? g.n : g.k, g.ldb());
    layout(second_, t.a, g.ta ? g.m : g.k, g.ta ? g.k : g.m, g.lda());
    layout(result_, t.c, g.n, g.m, g.ldc());
    if (t.c == t.scale) reductions_ = CUBLASLT_REDUCTION_SCHEME_MASK;
  }
  ~Setup() {
    for (const auto layout : {first_, second_, result_})
      if (layout != nullptr) table().layout_destroy(layout);
    if (operation_ != nullptr) table().operation_destroy(operation_);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  /// What the heuristic offers, best first; empty where the library has nothing for the problem.
  std::vector<cublasLtMatmulHeuristicResult_t> algorithms(int at_most) const {
    cublasLtMatmulPreference_t preference = nullptr;
    GEMMARK_CUBLAS_CHECK(table().preference_create(&preference));
    table().preference_set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace_limit,
                           sizeof workspace_limit);
    table().preference_set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &reductions_,
                           sizeof reductions_);
    std::vector<cublasLtMatmulHeuristicResult_t> found(static_cast<std::size_t>(at_most));
    int count = 0;
    const cublasStatus_t status = table().heuristic(handle_, operation_, first_, second_, result_, result_,
                                                    preference, at_most, found.data(), &count);
    table().preference_destroy(preference);
    found.resize(status == CUBLAS_STATUS_SUCCESS ? static_cast<std::size_t>(count) : 0);
    return found;
  }

  cublasStatus_t multiply(const Operands& operands, const cublasLtMatmulAlgo_t& algorithm,
                          std::size_t workspace_bytes, cudaStream_t stream) const {
    return table().matmul(handle_, operation_, alpha_.bytes.data(), operands.in[1].data, first_,
                          operands.in[0].data, second_, beta_.bytes.data(), operands.out.data, result_,
                          operands.out.data, result_, &algorithm, operands.workspace, workspace_bytes,
                          stream);
  }

 private:
  static Types types(const Gemm& g) {
    Types t{};
    types_of(g.in, t);
    return t;
  }

  cublasLtHandle_t handle_ = nullptr;
  Scalar alpha_, beta_;
  std::uint32_t reductions_ = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
  cublasLtMatmulDesc_t operation_ = nullptr;
  cublasLtMatrixLayout_t first_ = nullptr, second_ = nullptr, result_ = nullptr;
};

std::string describe(const cublasLtMatmulAlgo_t& algorithm) {
  const auto get = [&](cublasLtMatmulAlgoConfigAttributes_t which) {
    std::int32_t value = -1;
    std::size_t written = 0;
    table().algo_get(&algorithm, which, &value, sizeof value, &written);
    return std::to_string(value);
  };
  return "algorithm " + get(CUBLASLT_ALGO_CONFIG_ID) + ", tile " + get(CUBLASLT_ALGO_CONFIG_TILE_ID) +
         ", stages " + get(CUBLASLT_ALGO_CONFIG_STAGES_ID) + ", split-k " +
         get(CUBLASLT_ALGO_CONFIG_SPLITK_NUM) + ", reduction " + get(CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME);
}

class MatmulPlan final : public Plan {
 public:
  MatmulPlan(std::shared_ptr<Setup> setup, const cublasLtMatmulHeuristicResult_t& chosen, std::string note)
      : setup_(std::move(setup)), chosen_(chosen), note_(std::move(note)) {}
  void run(const Operands& operands, Queue queue) override {
    GEMMARK_CUBLAS_CHECK(setup_->multiply(operands, chosen_.algo, chosen_.workspaceSize, stream_of(queue)));
  }
  std::int64_t workspace_bytes() const override { return static_cast<std::int64_t>(chosen_.workspaceSize); }
  std::string algorithm() const override { return describe(chosen_.algo) + note_; }

 private:
  std::shared_ptr<Setup> setup_;
  cublasLtMatmulHeuristicResult_t chosen_;
  std::string note_;
};

/// Operands of the problem's shapes with random content, for the search.
struct Trial {
  Trial(const Problem& problem, Device& device) {
    const OperandShapes shapes = operand_shapes(problem);
    const auto checker = Registry::global().checker(device);
    const auto make = [&](const Shape& shape, std::uint64_t seed) {
      memory.push_back(device.allocate(shape.span_bytes()));
      const Tensor tensor{shape, memory.back()->data()};
      checker->fill(tensor, Fill{.seed = seed});
      return tensor;
    };
    for (std::size_t i = 0; i < shapes.in.size(); ++i) operands.in[i] = make(shapes.in[i], i + 1);
    operands.out = make(shapes.out, 3);
    memory.push_back(device.allocate(workspace_limit));
    operands.workspace = memory.back()->data();
  }
  std::vector<std::unique_ptr<Memory>> memory;
  Operands operands;
};

std::unique_ptr<Plan> plan_tuned(const PlanRequest& request) {
  const auto setup = std::make_shared<Setup>(std::get<Gemm>(request.problem), request.device);
  const auto offered = setup->algorithms(candidates);
  Device& device = request.device;
  Trial trial(request.problem, device);
  const cudaStream_t stream = stream_of(device.queue());
  std::vector<double> seconds(offered.size(), untried);
  double spent = 0;
  const auto run = [&](std::size_t i) {
    return setup->multiply(trial.operands, offered[i].algo, offered[i].workspaceSize, stream);
  };
  const auto best = [&] { return std::min_element(seconds.begin(), seconds.end()) - seconds.begin(); };
  // Every candidate as far as the budget goes, in the library's order; then three more looks, taking turns,
  // at those that are near the best. A search, not a measurement.
  std::size_t tried = 0;
  for (int round = 0; round < 4 && spent < search_budget_s; ++round)
    for (std::size_t i = 0; i < offered.size() && spent < search_budget_s; ++i) {
      if (round == 0 && run(i) != CUBLAS_STATUS_SUCCESS) continue;
      if (round > 0 && !(seconds[i] <= 1.1 * seconds[static_cast<std::size_t>(best())])) continue;
      tried += round == 0;
      const double once = timed_at_last([&] {
        device.evict(trial.operands.out.data, 0);
        return device.time(Mode::cold, 1, [&](int) { run(i); });
      });
      seconds[i] = std::min(seconds[i], once);
      spent += round == 0 ? 2 * once : once;
    }
  // The library's own choice, unless another is faster by more than such a search can err.
  auto chosen = static_cast<std::size_t>(best());
  if (!(seconds[chosen] < 0.99 * seconds[0])) chosen = 0;
  return std::make_unique<MatmulPlan>(setup, offered[chosen],
                                      "; number " + std::to_string(chosen + 1) + ", fastest of " +
                                          std::to_string(tried) + " tried and " +
                                          std::to_string(offered.size()) + " offered");
}

std::unique_ptr<Plan> plan_heuristic(const PlanRequest& request) {
  const auto setup = std::make_shared<Setup>(std::get<Gemm>(request.problem), request.device);
  return std::make_unique<MatmulPlan>(setup, setup->algorithms(1).at(0), "");
}

Support supports(const Problem& problem, const Device& device) try {
  const auto& g = std::get<Gemm>(problem);
  if (Types t; !types_of(g.in, t)) return has_no(g.in);
  if (Support type = writes_only_its_own_type(g); !type) return type;
  if (Support whole = cublas::scales(g); !whole) return whole;
  if (Setup(g, device).algorithms(1).empty())
    return Support::no("cuBLASLt offers no algorithm for this problem");
  return Support::yes();
} catch (const std::exception& error) {
  return Support::no(error.what());
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return std::vector<Kernel>{
                                      {.variant = "heuristic",
                                       .device_kind = "cuda",
                                       .role = Role::vendor,
                                       .summary = "the algorithm that cuBLASLt ranks first",
                                       .supports = supports,
                                       .plan = plan_heuristic},
                                      {.variant = "tuned",
                                       .device_kind = "cuda",
                                       .role = Role::vendor,
                                       .summary = "the fastest of what cuBLASLt offers",
                                       .supports = supports,
                                       .plan = plan_tuned}};
                                }};

}  // namespace gemmark
