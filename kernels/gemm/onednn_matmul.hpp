// A product as oneDNN's matmul primitive: transpositions are strides, alpha a scale of the output and beta a
// sum with what C held. Layouts are plain; that of constant weights may be left to the library to choose. The
// scratch memory is the caller's, so that run() allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/api/problem.hpp"
#include "kernels/backends/onednn.hpp"

namespace gemmark {

/// Only types that exist; whether this CPU has a kernel for them is the library's answer.
inline std::optional<dnnl_data_type_t> dnnl_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32:
      return dnnl_f32;
    case Dtype::f16:
      return dnnl_f16;
    case Dtype::bf16:
      return dnnl_bf16;
    case Dtype::s32:
      return dnnl_s32;
    case Dtype::s8:
      return dnnl_s8;
    default:
      return std::nullopt;
  }
}

/// A memory descriptor of three dimensions.
class DnnlLayout {
 public:
  /// The layout that the primitive likes best: DnnlMatmul::weights() says which.
  DnnlLayout(const OneDnn& dnnl, dnnl_data_type_t type, const dnnl_dims_t dims) : dnnl_(dnnl) {
#if DNNL_VERSION_MAJOR >= 3
    GEMMARK_DNNL_CHECK(dnnl_, memory_desc_create_with_tag(&layout_, rank, dims, type, dnnl_format_tag_any));
#else
    GEMMARK_DNNL_CHECK(dnnl_, memory_desc_init_by_tag(&layout_, rank, dims, type, dnnl_format_tag_any));
#endif
  }
  DnnlLayout(const OneDnn& dnnl, dnnl_data_type_t type, const dnnl_dims_t dims, const dnnl_dims_t strides)
      : dnnl_(dnnl) {
#if DNNL_VERSION_MAJOR >= 3
    GEMMARK_DNNL_CHECK(dnnl_, memory_desc_create_with_strides(&layout_, rank, dims, type, strides));
#else
    GEMMARK_DNNL_CHECK(dnnl_, memory_desc_init_by_strides(&layout_, rank, dims, type, strides));
#endif
  }
  DnnlLayout(const DnnlLayout&) = delete;
  DnnlLayout& operator=(const DnnlLayout&) = delete;
#if DNNL_VERSION_MAJOR >= 3
  ~DnnlLayout() { dnnl_.memory_desc_destroy(layout_); }
  dnnl_memory_desc_t get() const { return layout_; }
#else
  const dnnl_memory_desc_t* get() const { return &layout_; }
#endif

 private:
  static constexpr int rank = 3;
  const OneDnn& dnnl_;
  dnnl_memory_desc_t layout_{};
};

/// The primitive descriptor: what oneDNN would run. Its constructor throws LibraryError where it has nothing.
class DnnlMatmul {
 public:
  /// `prepacks`: the weights' layout is the library's choice.
  DnnlMatmul(const OneDnn& dnnl, const Gemm& g, int threads, bool prepacks)
      : dnnl_(dnnl),
        a_(dnnl, *dnnl_type(info(g.in).a), dims(g.batch, g.m, g.k).data(),
           strides(g.ta ? g.k * g.lda() : g.m * g.lda(), g.lda(), g.ta).data()),
        b_(dnnl, *dnnl_type(info(g.in).b), dims(g.batch, g.k, g.n).data(),
           strides(g.tb ? g.n * g.ldb() : g.k * g.ldb(), g.ldb(), g.tb).data()),
        c_(dnnl, *dnnl_type(g.out.value_or(info(g.in).out)), dims(g.batch, g.m, g.n).data(),
           strides(g.m * g.ldc(), g.ldc(), false).data()) {
    std::optional<DnnlLayout> chosen;
    if (prepacks) chosen.emplace(dnnl, *dnnl_type(info(g.in).b), dims(g.batch, g.k, g.n).data());
    const auto* const weights = prepacks ? chosen->get() : b_.get();
    const OneDnnThreads in_force(dnnl_, threads);
    dnnl_primitive_attr_t attributes = nullptr;
    GEMMARK_DNNL_CHECK(dnnl_, primitive_attr_create(&attributes));
    const std::unique_ptr<dnnl_primitive_attr, decltype(dnnl.primitive_attr_destroy)> owner(
        attributes, dnnl_.primitive_attr_destroy);
    // Caller's environment or not, fp32 is fp32.
    GEMMARK_DNNL_CHECK(dnnl_, primitive_attr_set_fpmath_mode(attributes, dnnl_fpmath_mode_strict));
    GEMMARK_DNNL_CHECK(dnnl_, primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
    set_alpha_beta(attributes, static_cast<float>(g.alpha), static_cast<float>(g.beta));
#if DNNL_VERSION_MAJOR >= 3
    const dnnl_status_t status = dnnl_.matmul_primitive_desc_create(&desc_, dnnl_.engine, a_.get(), weights,
                                                                    nullptr, c_.get(), attributes);
#else
    dnnl_matmul_desc_t operation;
    GEMMARK_DNNL_CHECK(dnnl_, matmul_desc_init(&operation, a_.get(), weights, nullptr, c_.get()));
    const dnnl_status_t status =
        dnnl_.primitive_desc_create(&desc_, &operation, attributes, dnnl_.engine, nullptr);
#endif
    if (status == dnnl_unimplemented)
      throw LibraryError(fmt::format("oneDNN {} has no matmul from {} to {} for {}", dnnl_.version,
                                     name(g.in), name(g.out.value_or(info(g.in).out)), dnnl_.isa));
    dnnl_.check(status, "matmul's primitive descriptor");
  }
  ~DnnlMatmul() { dnnl_.primitive_desc_destroy(desc_); }
  DnnlMatmul(const DnnlMatmul&) = delete;
  DnnlMatmul& operator=(const DnnlMatmul&) = delete;

  dnnl_primitive_desc_t get() const { return desc_; }
  const DnnlLayout& a() const { return a_; }
  const DnnlLayout& b() const { return b_; }  ///< as the problem has it
  /// As the primitive wants it.
  auto weights() const { return dnnl_.primitive_desc_query_md(desc_, dnnl_query_weights_md, 0); }
  const DnnlLayout& c() const { return c_; }
  auto scratchpad() const { return dnnl_.primitive_desc_query_md(desc_, dnnl_query_scratchpad_md, 0); }

  /// "brg_matmul:avx512_core_bf16"
  std::string implementation() const {
    const char* text = nullptr;
    GEMMARK_DNNL_CHECK(dnnl_, primitive_desc_query(desc_, dnnl_query_impl_info_str, 0, &text));
    return text;
  }

 private:
  using Dims = std::array<dnnl_dim_t, DNNL_MAX_NDIMS>;
  static Dims dims(std::int64_t batch, std::int64_t rows, std::int64_t columns) {
    return {batch, rows, columns};
  }
  static Dims strides(std::int64_t batch, std::int64_t leading, bool transposed) {
    return {batch, transposed ? 1 : leading, transposed ? leading : 1};
  }

  void set_alpha_beta(dnnl_primitive_attr_t attributes, float alpha, float beta) {
    dnnl_post_ops_t after = nullptr;
    GEMMARK_DNNL_CHECK(dnnl_, post_ops_create(&after));
    const std::unique_ptr<dnnl_post_ops, decltype(dnnl_.post_ops_destroy)> owner(after,
                                                                                 dnnl_.post_ops_destroy);
#if DNNL_VERSION_MAJOR >= 3
    if (alpha != 1) GEMMARK_DNNL_CHECK(dnnl_, post_ops_append_eltwise(after, dnnl_eltwise_linear, alpha, 0));
    if (beta != 0) GEMMARK_DNNL_CHECK(dnnl_, post_ops_append_sum(after, beta, 0, dnnl_data_type_undef));
#else
    if (alpha != 1) GEMMARK_DNNL_CHECK(dnnl_, primitive_attr_set_output_scales(attributes, 1, 0, &alpha));
    if (beta != 0) GEMMARK_DNNL_CHECK(dnnl_, post_ops_append_sum(after, beta));
#endif
    GEMMARK_DNNL_CHECK(dnnl_, primitive_attr_set_post_ops(attributes, after));
  }

  const OneDnn& dnnl_;
  DnnlLayout a_, b_, c_;
  dnnl_primitive_desc_t desc_ = nullptr;
};

/// Copies a matrix from one layout to another, at set-up.
template <class From, class To>
void dnnl_reorder(const OneDnn& dnnl, dnnl_stream_t stream, From from, std::byte* from_data, To to,
                  std::byte* to_data) {
  struct Owner {
    const OneDnn& dnnl;
    std::array<dnnl_exec_arg_t, 2> ends{{{DNNL_ARG_FROM, nullptr}, {DNNL_ARG_TO, nullptr}}};
    dnnl_primitive_desc_t desc = nullptr;
    dnnl_primitive_t primitive = nullptr;
    ~Owner() {
      for (const dnnl_exec_arg_t& end : ends) dnnl.memory_destroy(end.memory);
      dnnl.primitive_destroy(primitive);
      dnnl.primitive_desc_destroy(desc);
    }
  } own{dnnl};
  GEMMARK_DNNL_CHECK(dnnl, memory_create(&own.ends[0].memory, from, dnnl.engine, from_data));
  GEMMARK_DNNL_CHECK(dnnl, memory_create(&own.ends[1].memory, to, dnnl.engine, to_data));
  GEMMARK_DNNL_CHECK(dnnl,
                     reorder_primitive_desc_create(&own.desc, from, dnnl.engine, to, dnnl.engine, nullptr));
  GEMMARK_DNNL_CHECK(dnnl, primitive_create(&own.primitive, own.desc));
  GEMMARK_DNNL_CHECK(
      dnnl, primitive_execute(own.primitive, stream, static_cast<int>(own.ends.size()), own.ends.data()));
  GEMMARK_DNNL_CHECK(dnnl, stream_wait(stream));
}

}  // namespace gemmark
