// The bar: oneDNN's matmul, code generated at set-up for one problem; the reach for bf16 and int8 on the CPU.
#include "kernels/api/registry.hpp"
#include "kernels/gemm/onednn_matmul.hpp"

namespace gemmark {
namespace {

class OneDnnPlan final : public Plan {
 public:
  OneDnnPlan(const OneDnn& dnnl, const Gemm& problem, int threads)
      : dnnl_(dnnl), threads_(threads), matmul_(dnnl, problem, threads) {
    const OneDnnThreads in_force(dnnl_, threads_);
    GEMMARK_DNNL_CHECK(dnnl_, primitive_create(&primitive_, matmul_.get()));
    GEMMARK_DNNL_CHECK(dnnl_, stream_create(&stream_, dnnl_.engine, dnnl_stream_default_flags));
    bind(0, DNNL_ARG_SRC, matmul_.a().get());
    bind(1, DNNL_ARG_WEIGHTS, matmul_.b().get());
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

  void run(const Operands& operands, Queue) override {
    const std::byte* const data[] = {operands.in[0].data, operands.in[1].data, operands.out.data,
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
  std::string algorithm() const override { return matmul_.implementation(); }

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
};

Support supports(const Problem& problem, const Device&) {
  const auto& g = std::get<Gemm>(problem);
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
    const DnnlMatmul would_run(*onednn().dnnl, g, 1);
  } catch (const LibraryError& error) {
    return Support::no(error.what());
  }
  return Support::yes();
}

std::unique_ptr<Plan> plan(const PlanRequest& request) {
  if (!onednn().dnnl) throw LibraryError(onednn().available.why());
  return std::make_unique<OneDnnPlan>(*onednn().dnnl, std::get<Gemm>(request.problem), request.threads);
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return Kernel{.role = Role::vendor,
                                                .summary = "oneDNN's matmul on plain layouts",
                                                .threaded = !onednn().dnnl || onednn().dnnl->threaded,
                                                .supports = supports,
                                                .plan = plan};
                                }};

}  // namespace gemmark
