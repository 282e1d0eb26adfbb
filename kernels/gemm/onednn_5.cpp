// The bar: oneDNN's matmul, code generated at set-up for one problem; the reach for bf16 and int8 on the CPU.
// The variant for constant weights asks for the layout that its code likes best, and brings them into it
// once.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/api/registry.hpp"
#include "kernels/gemm/onednn_matmul.hpp"

namespace gemmark {
namespace {

class OneDnnPlan final : public Plan {
 public:
  OneDnnPlan(const OneDnn& dnnl, const Gemm& problem, int threads, bool prepacks)
      : dnnl_(dnnl), threads_(threads), matmul_(dnnl, problem, threads, prepacks) {
    const OneDnnThreads in_force(dnnl_, threads_);
    GEMMARK_DNNL_CHECK(dnnl_, primitive_create(&primitive_, matmul_.get()));
    GEMMARK_DNNL_CHECK(dnnl_, stream_create(&stream_, dnnl_.engine, dnnl_stream_default_flags));
    bind(0, DNNL_ARG_SRC, matmul_.a().get());
    bind(1, DNNL_ARG_WEIGHTS, matmul_.weights());
    bind(2, DNNL_ARG_DST, matmul_.c().get());
    bind(3, DNNL_ARG_SCRATCHPAD, matmul_.scratchpad());
  }
  ~OneDnnPlan() override {
    for (const dnnl_exec_arg_t& argument : arguments_) dnnl_.memory_destroy(argument.memory);
    dnnl_.stream_destroy(stream_);
    dnnl_.primitive_destroy(primitive_);
  }
  OneDnnPlan(const OneDnnPlan&) = delete;
  OneDnnPlan& operator=(const OneDnnPlan&) = delete;

  void prepack(Device& device, const Tensor& weights) {
    prepacked_ = device.allocate(static_cast<std::int64_t>(dnnl_.memory_desc_get_size(matmul_.weights())));
    dnnl_reorder(dnnl_, stream_, matmul_.b().get(), weights.data, matmul_.weights(), prepacked_->data());
  }

  void run(const Operands& operands, Queue) override {
    const std::byte* const data[] = {operands.in[0].data,
                                     prepacked_ ? prepacked_->data() : operands.in[1].data, operands.out.data,
                                     operands.workspace};
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      dnnl_.memory_set_data_handle(arguments_[i].memory, const_cast<std::byte*>(data[i]));
    const OneDnnThreads in_force(dnnl_, threads_);
    GEMMARK_DNNL_CHECK(dnnl_, primitive_execute(primitive_, stream_, static_cast<int>(arguments_.size()),
                                                arguments_.data()));
  }
  std::int64_t workspace_bytes() const override {
    return static_cast<std::int64_t>(dnnl_.memory_desc_get_size(matmul_.scratchpad()));
  }
  std::string algorithm() const override {
    const bool as_given = dnnl_.memory_desc_equal(matmul_.weights(), matmul_.b().get()) != 0;
    return matmul_.implementation() + (!prepacked_ ? ""
                                       : as_given  ? ", weights as given"
                                                   : ", weights reordered");
  }
  std::span<std::byte> prepacked() const override {
    if (!prepacked_) return {};
    return {prepacked_->data(), static_cast<std::size_t>(prepacked_->bytes())};
  }

 private:
  template <class Layout>
  void bind(std::size_t index, int argument, Layout layout) {
    arguments_[index].arg = argument;
    GEMMARK_DNNL_CHECK(dnnl_,
                       memory_create(&arguments_[index].memory, layout, dnnl_.engine, DNNL_MEMORY_NONE));
  }

  const OneDnn& dnnl_;
  int threads_;
  DnnlMatmul matmul_;
  dnnl_primitive_t primitive_ = nullptr;
  dnnl_stream_t stream_ = nullptr;
  std::array<dnnl_exec_arg_t, 4> arguments_{};
  std::unique_ptr<Memory> prepacked_;
};

// Without VNNI, oneDNN adds products of int8 in pairs that saturate at 16 bits. Asked of a product and not of
// the CPU, since the library's version and its environment decide as well.
bool sums_int8_exactly(const OneDnn& dnnl) {
  static const bool exact = [&] {
    constexpr std::int64_t side = 64;
    Gemm g;
    g.m = g.n = g.k = side, g.in = Precision::int8;
    std::vector<std::int8_t> largest(side * side, 127);
    std::vector<std::int32_t> sums(side * side);
    OneDnnPlan plan(dnnl, g, 1, false);
    std::vector<std::byte> scratch(static_cast<std::size_t>(plan.workspace_bytes()));
    const auto bytes = [](auto& vector) { return reinterpret_cast<std::byte*>(vector.data()); };
    Operands operands;
    operands.in[0].data = operands.in[1].data = bytes(largest);
    operands.out.data = bytes(sums), operands.workspace = bytes(scratch);
    plan.run(operands, {});
    return std::count(sums.begin(), sums.end(), side * 127 * 127) == side * side;
  }();
  return exact;
}

Support supports(const Problem& problem, bool prepacks) {
  const auto& g = std::get<Gemm>(problem);
  if (Support constants = has_constants(g); prepacks && !constants) return constants;
  if (g.in != Precision::fp32 && g.in != Precision::bf16 && g.in != Precision::fp16 &&
      g.in != Precision::int8)
    return Support::no(fmt::format("has no {} matmul", name(g.in)));
  const Dtype out = g.out.value_or(info(g.in).out);
  if (!dnnl_type(out)) return Support::no(fmt::format("writes no {}", name(out)));
  if (g.in == Precision::int8 && (g.alpha != 1 || g.beta != 0))
    return Support::no("scales integer sums in fp32: alpha = 1 and beta = 0 only");
  if (g.k == 0) return Support::no("leaves C as it is where k = 0");
  if (!onednn().dnnl) return Support::yes();
  try {
    const DnnlMatmul would_run(*onednn().dnnl, g, 1, prepacks);
    if (g.in == Precision::int8 && !sums_int8_exactly(*onednn().dnnl))
      return Support::no(fmt::format("oneDNN {} for {} saturates sums of int8 products at 16 bits",
                                     onednn().dnnl->version, onednn().dnnl->isa));
  } catch (const LibraryError& error) {
    return Support::no(error.what());
  }
  return Support::yes();
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  if (!onednn().dnnl) throw LibraryError(onednn().available.why());
  auto plan = std::make_unique<OneDnnPlan>(*onednn().dnnl, std::get<Gemm>(request.problem), request.threads,
                                           request.constants != nullptr);
  if (request.constants != nullptr) plan->prepack(request.device, request.constants->in[1]);
  return plan;
}

Kernel kernel(bool prepacks) {
  return {
      .variant = prepacks ? "prepacked" : "",
      .role = Role::vendor,
      .summary =
          prepacks ? "oneDNN's matmul, the layout of B its own choice" : "oneDNN's matmul on plain layouts",
      .threaded = !onednn().dnnl || onednn().dnnl->threaded,
      .prepacks = prepacks,
      .supports = [prepacks](const Problem& problem, const Device&) { return supports(problem, prepacks); },
      .plan = plan};
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] { return std::vector{kernel(false), kernel(true)}; }};

}  // namespace gemmark
