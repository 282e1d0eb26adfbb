// oneDNN as a table of function pointers. Its C header gives the types, its library is opened at run time:
// the header and the library must agree on the major version, since version 3 changed what a descriptor is.
#pragma once

#include <dnnl.h>
#include <fmt/format.h>
#include <oneapi/dnnl/dnnl_debug.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/api/library.hpp"
#include "kernels/api/support.hpp"

namespace gemmark {

struct OneDnn {
  std::string file{};
  std::string version{};
  std::string isa{};  ///< the instruction set that it really uses
  bool threaded = false;

  decltype(dnnl_status2str)* status2str = nullptr;
  decltype(dnnl_stream_create)* stream_create = nullptr;
  decltype(dnnl_stream_destroy)* stream_destroy = nullptr;
  decltype(dnnl_memory_create)* memory_create = nullptr;
  decltype(dnnl_memory_destroy)* memory_destroy = nullptr;
  decltype(dnnl_memory_set_data_handle)* memory_set_data_handle = nullptr;
  decltype(dnnl_memory_desc_get_size)* memory_desc_get_size = nullptr;
  decltype(dnnl_primitive_attr_create)* primitive_attr_create = nullptr;
  decltype(dnnl_primitive_attr_destroy)* primitive_attr_destroy = nullptr;
  decltype(dnnl_primitive_attr_set_fpmath_mode)* primitive_attr_set_fpmath_mode = nullptr;
  decltype(dnnl_primitive_attr_set_scratchpad_mode)* primitive_attr_set_scratchpad_mode = nullptr;
  decltype(dnnl_primitive_attr_set_post_ops)* primitive_attr_set_post_ops = nullptr;
  decltype(dnnl_post_ops_create)* post_ops_create = nullptr;
  decltype(dnnl_post_ops_destroy)* post_ops_destroy = nullptr;
  decltype(dnnl_post_ops_append_sum)* post_ops_append_sum = nullptr;
  decltype(dnnl_primitive_desc_destroy)* primitive_desc_destroy = nullptr;
  decltype(dnnl_primitive_desc_query)* primitive_desc_query = nullptr;
  decltype(dnnl_primitive_desc_query_md)* primitive_desc_query_md = nullptr;
  decltype(dnnl_memory_desc_equal)* memory_desc_equal = nullptr;
  decltype(dnnl_reorder_primitive_desc_create)* reorder_primitive_desc_create = nullptr;
  decltype(dnnl_stream_wait)* stream_wait = nullptr;
  decltype(dnnl_primitive_create)* primitive_create = nullptr;
  decltype(dnnl_primitive_destroy)* primitive_destroy = nullptr;
  decltype(dnnl_primitive_execute)* primitive_execute = nullptr;
#if DNNL_VERSION_MAJOR >= 3
  decltype(dnnl_memory_desc_create_with_strides)* memory_desc_create_with_strides = nullptr;
  decltype(dnnl_memory_desc_create_with_tag)* memory_desc_create_with_tag = nullptr;
  decltype(dnnl_memory_desc_destroy)* memory_desc_destroy = nullptr;
  decltype(dnnl_matmul_primitive_desc_create)* matmul_primitive_desc_create = nullptr;
  decltype(dnnl_post_ops_append_eltwise)* post_ops_append_eltwise = nullptr;
#else
  decltype(dnnl_memory_desc_init_by_strides)* memory_desc_init_by_strides = nullptr;
  decltype(dnnl_memory_desc_init_by_tag)* memory_desc_init_by_tag = nullptr;
  decltype(dnnl_matmul_desc_init)* matmul_desc_init = nullptr;
  decltype(dnnl_primitive_desc_create)* primitive_desc_create = nullptr;
  decltype(dnnl_primitive_attr_set_output_scales)* primitive_attr_set_output_scales = nullptr;
#endif
  dnnl_engine_t engine = nullptr;

  // Of the OpenMP library that it was linked with, which need not be ours. Null where it has no threads.
  int (*omp_get_max_threads)() = nullptr;
  void (*omp_set_num_threads)(int) = nullptr;

  void check(dnnl_status_t status, const char* call) const {
    if (status != dnnl_success) throw LibraryError(fmt::format("oneDNN: {}: {}", call, status2str(status)));
  }
};

#define GEMMARK_DNNL_CHECK(dnnl, call) (dnnl).check((dnnl).call, #call)

/// The thread count that oneDNN reads, for the length of a scope.
class OneDnnThreads {
 public:
  OneDnnThreads(const OneDnn& dnnl, int threads) : dnnl_(dnnl) {
    if (!dnnl_.threaded) return;
    before_ = dnnl_.omp_get_max_threads();
    if (before_ != threads) dnnl_.omp_set_num_threads(threads);
    changed_ = before_ != threads;
  }
  ~OneDnnThreads() {
    if (changed_) dnnl_.omp_set_num_threads(before_);
  }
  OneDnnThreads(const OneDnnThreads&) = delete;
  OneDnnThreads& operator=(const OneDnnThreads&) = delete;

 private:
  const OneDnn& dnnl_;
  int before_ = 0;
  bool changed_ = false;
};

struct OneDnnFinding {
  Support available = Support::yes();
  std::optional<OneDnn> dnnl{};  ///< present where available
};

namespace onednn_detail {

inline std::string isa_name(int isa) {
  constexpr std::pair<int, const char*> names[] = {
    {dnnl_cpu_isa_sse41, "sse41"},
    {dnnl_cpu_isa_avx, "avx"},
    {dnnl_cpu_isa_avx2, "avx2"},
    {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
    {dnnl_cpu_isa_avx512_core, "avx512_core"},
    {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
    {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
    {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
#if DNNL_VERSION_MAJOR >= 3
    {dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2"},
    {dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16"},
    {dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16"},
#endif
  };
  for (const auto& [value, name] : names)
    if (value == isa) return name;
  return fmt::format("isa {:#x}", isa);
}

inline std::string soname(int major) { return fmt::format("libdnnl.so.{}", major); }

// "libdnnl.so.2 not found (…)", or that another major version is here.
inline std::string why_missing(const std::string& loader_says) {
  for (const int major : {2, 3, 4}) {
    if (major == DNNL_VERSION_MAJOR) continue;
    try {
      Library::open(soname(major));
      return fmt::format("built for oneDNN {}, found {}", DNNL_VERSION_MAJOR, major);
    } catch (const LibraryError&) {
    }
  }
  return loader_says;
}

inline OneDnn load(const Library& library) {
  OneDnn dnnl;
  const dnnl_version_t& version = *library.function<decltype(dnnl_version)>("dnnl_version")();
  dnnl.file = library.path();
  dnnl.version = fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
  if (version.major != DNNL_VERSION_MAJOR)
    throw LibraryError(fmt::format("built for oneDNN {}, found {}", DNNL_VERSION_MAJOR, version.major));
  if (version.cpu_runtime == DNNL_RUNTIME_OMP) {
    dnnl.threaded = true;
    // Symbols of a library's dependencies are found through its handle too.
    dnnl.omp_get_max_threads = library.function<int()>("omp_get_max_threads");
    dnnl.omp_set_num_threads = library.function<void(int)>("omp_set_num_threads");
  } else if (version.cpu_runtime != DNNL_RUNTIME_SEQ) {
    throw LibraryError(
        fmt::format("{} has threads that are not OpenMP's: no row could set their number", dnnl.file));
  }
#define GEMMARK_DNNL_LOAD(name) dnnl.name = library.function<decltype(dnnl_##name)>("dnnl_" #name)
  GEMMARK_DNNL_LOAD(status2str);
  GEMMARK_DNNL_LOAD(stream_create);
  GEMMARK_DNNL_LOAD(stream_destroy);
  GEMMARK_DNNL_LOAD(memory_create);
  GEMMARK_DNNL_LOAD(memory_destroy);
  GEMMARK_DNNL_LOAD(memory_set_data_handle);
  GEMMARK_DNNL_LOAD(memory_desc_get_size);
  GEMMARK_DNNL_LOAD(primitive_attr_create);
  GEMMARK_DNNL_LOAD(primitive_attr_destroy);
  GEMMARK_DNNL_LOAD(primitive_attr_set_fpmath_mode);
  GEMMARK_DNNL_LOAD(primitive_attr_set_scratchpad_mode);
  GEMMARK_DNNL_LOAD(primitive_attr_set_post_ops);
  GEMMARK_DNNL_LOAD(post_ops_create);
  GEMMARK_DNNL_LOAD(post_ops_destroy);
  GEMMARK_DNNL_LOAD(post_ops_append_sum);
  GEMMARK_DNNL_LOAD(primitive_desc_destroy);
  GEMMARK_DNNL_LOAD(primitive_desc_query);
  GEMMARK_DNNL_LOAD(primitive_desc_query_md);
  GEMMARK_DNNL_LOAD(memory_desc_equal);
  GEMMARK_DNNL_LOAD(reorder_primitive_desc_create);
  GEMMARK_DNNL_LOAD(stream_wait);
  GEMMARK_DNNL_LOAD(primitive_create);
  GEMMARK_DNNL_LOAD(primitive_destroy);
  GEMMARK_DNNL_LOAD(primitive_execute);
#if DNNL_VERSION_MAJOR >= 3
  GEMMARK_DNNL_LOAD(memory_desc_create_with_strides);
  GEMMARK_DNNL_LOAD(memory_desc_create_with_tag);
  GEMMARK_DNNL_LOAD(memory_desc_destroy);
  GEMMARK_DNNL_LOAD(matmul_primitive_desc_create);
  GEMMARK_DNNL_LOAD(post_ops_append_eltwise);
#else
  GEMMARK_DNNL_LOAD(memory_desc_init_by_strides);
  GEMMARK_DNNL_LOAD(memory_desc_init_by_tag);
  GEMMARK_DNNL_LOAD(matmul_desc_init);
  GEMMARK_DNNL_LOAD(primitive_desc_create);
  GEMMARK_DNNL_LOAD(primitive_attr_set_output_scales);
#endif
#undef GEMMARK_DNNL_LOAD
  dnnl.isa = isa_name(library.function<decltype(dnnl_get_effective_cpu_isa)>("dnnl_get_effective_cpu_isa")());
  const auto engine_create = library.function<decltype(dnnl_engine_create)>("dnnl_engine_create");
  dnnl.check(engine_create(&dnnl.engine, dnnl_cpu, 0), "engine_create");
  return dnnl;
}

}  // namespace onednn_detail

inline const OneDnnFinding& onednn() {
  static const OneDnnFinding found = [] {
    OneDnnFinding finding;
    std::optional<Library> library;
    try {
      library = Library::open(onednn_detail::soname(DNNL_VERSION_MAJOR));
    } catch (const LibraryError& error) {
      finding.available = Support::no(onednn_detail::why_missing(error.what()));
      return finding;
    }
    try {
      finding.dnnl = onednn_detail::load(*library);
    } catch (const LibraryError& error) {
      finding.available = Support::no(error.what());
    }
    return finding;
  }();
  return found;
}

}  // namespace gemmark
