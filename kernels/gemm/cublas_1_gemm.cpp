// NVIDIA's classic library: cublasGemmEx, which chooses by itself, and its batched form.
//
// The second row asks it to emulate: fp32 from nine products of bf16 parts, fp64 from fixed-point slices on
// the int8 Tensor cores. Where it cannot it silently computes as usual, so the row exists only where a trial
// product differs from the native one in some bit.
//
// cuBLAS is column-major: a row-major C = A·B is its Cᵀ = Bᵀ·Aᵀ on the same memory, so B goes first.
#include <cstring>
#include <vector>

#include "kernels/api/random.hpp"
#include "kernels/gemm/cublas_table.hpp"
#include "kernels/gemm/device_gemm.hpp"

namespace gemmark {
namespace {

using cublas::Scalar;
using cublas::table;
using cublas::Types;

// What the library takes by itself on Hopper; slices of emulated operands want more.
constexpr std::int64_t usual_workspace = 32 << 20, emulation_workspace = 1 << 30;

bool types_of(Precision precision, bool emulated, Types& t) {
  // The classic interface has no fp8.
  if (precision == Precision::fp8 || precision == Precision::fp8e5m2 || !cublas::types_of(precision, t))
    return false;
  if (!emulated) return true;
#if GEMMARK_CUBLAS_EMULATION
  if (precision == Precision::fp32) return t.compute = CUBLAS_COMPUTE_32F_EMULATED_16BFX9, true;
  if (precision == Precision::fp64) return t.compute = CUBLAS_COMPUTE_64F_EMULATED_FIXEDPOINT, true;
#endif
  return false;
}

cublasStatus_t multiply(const Gemm& g, const Operands& operands, bool emulated, std::int64_t workspace,
                        cudaStream_t stream) {
  Types t{};
  types_of(g.in, emulated, t);
  const cublasHandle_t handle = cublas::handle(emulated);
  GEMMARK_CUBLAS_CHECK(table().set_stream(handle, stream));
  GEMMARK_CUBLAS_CHECK(
      table().set_workspace(handle, operands.workspace, static_cast<std::size_t>(workspace)));
  const Scalar alpha(g.alpha, t.scale), beta(g.beta, t.scale);
  const Tensor &a = operands.in[0], &b = operands.in[1], &c = operands.out;
  const cublasOperation_t op_b = g.tb ? CUBLAS_OP_T : CUBLAS_OP_N, op_a = g.ta ? CUBLAS_OP_T : CUBLAS_OP_N;
  if (g.batch == 1)
    return table().gemm(handle, op_b, op_a, g.n, g.m, g.k, alpha.bytes.data(), b.data, t.b, g.ldb(), a.data,
                        t.a, g.lda(), beta.bytes.data(), c.data, t.c, g.ldc(), t.compute,
                        CUBLAS_GEMM_DEFAULT);
  return table().gemm_batched(handle, op_b, op_a, g.n, g.m, g.k, alpha.bytes.data(), b.data, t.b, g.ldb(),
                              b.shape.stride[0], a.data, t.a, g.lda(), a.shape.stride[0], beta.bytes.data(),
                              c.data, t.c, g.ldc(), c.shape.stride[0], g.batch, t.compute,
                              CUBLAS_GEMM_DEFAULT);
}

/// Device memory of the trial below.
class Buffer {
 public:
  explicit Buffer(std::int64_t bytes) {
    GEMMARK_CUDA_CHECK(cudaMalloc(&data_, static_cast<std::size_t>(bytes)));
  }
  ~Buffer() { cudaFree(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(data_); }

 private:
  void* data_ = nullptr;
};

template <class T>
bool trial_differs(Precision precision) {
  constexpr std::int64_t side = 1024;
  const Gemm g{.m = side, .n = side, .k = side, .in = precision, .out = {}, .tb = true};
  std::vector<T> values(side * side), found[2];
  const OperandShapes shapes = operand_shapes(g);
  const Buffer a(shapes.out.span_bytes()), b(shapes.out.span_bytes()), c(shapes.out.span_bytes()),
      workspace(emulation_workspace);
  Operands operands;
  operands.in[0] = {shapes.in[0], a.data()}, operands.in[1] = {shapes.in[1], b.data()};
  operands.out = {shapes.out, c.data()};
  operands.workspace = workspace.data();
  for (int i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < values.size(); ++j)
      values[j] = static_cast<T>(fill_value({.seed = static_cast<std::uint64_t>(i)}, j, false));
    GEMMARK_CUDA_CHECK(cudaMemcpy(operands.in[static_cast<std::size_t>(i)].data, values.data(),
                                  values.size() * sizeof(T), cudaMemcpyHostToDevice));
  }
  for (const bool emulated : {false, true}) {
    GEMMARK_CUBLAS_CHECK(multiply(g, operands, emulated, emulation_workspace, nullptr));
    found[emulated].resize(values.size());
    GEMMARK_CUDA_CHECK(
        cudaMemcpy(found[emulated].data(), c.data(), values.size() * sizeof(T), cudaMemcpyDeviceToHost));
  }
  return found[0] != found[1];
}

/// Whether this library emulates that precision on this device: tried once.
Support emulates(Precision precision, const Device& device) {
  static std::map<std::pair<std::string, Precision>, Support> known;
  const auto key = std::pair(device.info().id, precision);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  const auto answer = [&]() -> Support {
    try {
      make_current(device);
#if GEMMARK_CUBLAS_EMULATION
      if (table().set_emulation_strategy == nullptr)
        return Support::no("this cuBLAS is older than emulation");
#endif
      if (precision == Precision::fp32 ? trial_differs<float>(precision) : trial_differs<double>(precision))
        return Support::yes();
      return Support::no("this cuBLAS does not emulate " + std::string(name(precision)) +
                         " on this device: a product that asked for it is bit for bit the native one");
    } catch (const std::exception& error) {
      return Support::no(std::string("a trial of emulation failed: ") + error.what());
    }
  };
  return known.emplace(key, answer()).first->second;
}

Support supports(const Problem& problem, const Device& device, bool emulated) {
  const auto& g = std::get<Gemm>(problem);
  if (Types t; !types_of(g.in, emulated, t))
    return emulated ? Support::no("emulates fp32 and fp64 only") : has_no(g.in);
  if (Support type = writes_only_its_own_type(g); !type) return type;
  if (Support whole = cublas::scales(g); !whole) return whole;
  if (g.in == Precision::int8 && (g.lda() % 4 != 0 || g.ldb() % 4 != 0))
    return Support::no("cublasGemmEx takes int8 rows that start on 4 bytes");
  // Of others it refuses many, and only when it is called.
  if (g.in == Precision::int8 && (g.n % 4 != 0 || g.k % 4 != 0))
    return Support::no("cublasGemmEx promises int8 only where n and k are multiples of 4");
  return emulated ? emulates(g.in, device) : Support::yes();
}

class GemmPlan final : public Plan {
 public:
  GemmPlan(const Gemm& problem, bool emulated) : problem_(problem), emulated_(emulated) {}
  void run(const Operands& operands, Queue queue) override {
    GEMMARK_CUBLAS_CHECK(multiply(problem_, operands, emulated_, workspace_bytes(), stream_of(queue)));
  }
  std::int64_t workspace_bytes() const override { return emulated_ ? emulation_workspace : usual_workspace; }
  std::string algorithm() const override { return emulated_ ? "emulated wherever the library can" : ""; }
  std::optional<double> flops_executed(double flops) const override {
    return emulated_ ? std::nullopt : std::optional(flops);
  }

 private:
  Gemm problem_;
  bool emulated_;
};

Kernel row(bool emulated, const char* variant, const char* summary) {
  return {.variant = variant,
          .device_kind = "cuda",
          .role = Role::vendor,
          .summary = summary,
          .supports = [emulated](const Problem& problem,
                                 const Device& device) { return supports(problem, device, emulated); },
          .plan = [emulated](const PlanRequest& request) -> std::unique_ptr<Plan> {
            return std::make_unique<GemmPlan>(std::get<Gemm>(request.problem), emulated);
          }};
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector<Kernel>{
          row(false, "", "cublasGemmEx as it chooses"),
          row(true, "emulated", "cublasGemmEx: fp32 from bf16, fp64 from int8 Tensor cores")};
    }};

}  // namespace gemmark
