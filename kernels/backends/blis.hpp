// BLIS: its core type ("sub-configuration") is a number in BLIS_ARCH_TYPE, read at the first use rather than
// while the library loads; a number that it was not built with aborts the program.
#pragma once

#include "kernels/backends/blas.hpp"

namespace gemmark {

namespace blis_detail {

inline std::vector<std::string> candidates() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  const bool amd = __builtin_cpu_is("amd");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512 && amd && __builtin_cpu_supports("avx512bf16")) names.push_back("zen4");
  if (avx512) names.push_back("skx");
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    names.push_back(amd ? "zen3" : "haswell");
#endif
  return names;
}

using ArchString = const char*(int);

// The number of a sub-configuration; the list ends with "generic" and has no other end.
inline int number_of(ArchString* arch_string, const std::string& name) {
  constexpr int far_more_than_there_are = 64;
  for (int id = 0; id < far_more_than_there_are; ++id) {
    const char* found = arch_string(id);
    if (found == nullptr) break;
    if (name == found) return id;
    if (std::string("generic") == found) break;
  }
  throw LibraryError(fmt::format("has no {}", name));
}

}  // namespace blis_detail

inline Cblas load_blis(const BlasLoad& how) {
  const std::string soname = "libblis.so.4";
  const Library library = how.core.empty() ? Library::open(soname) : Library::open_copy(soname);
  const auto arch_string = library.function<blis_detail::ArchString>("bli_arch_string");
  ScopedEnvironment environment;
  if (!how.core.empty()) {
    for (const auto& [variable, value] : environment_with({"BLIS_"})) environment.unset(variable);
    environment.set("BLIS_ARCH_TYPE", std::to_string(blis_detail::number_of(arch_string, how.core)));
  }
  if (library.function<std::int64_t()>("bli_info_get_blas_int_type_size")() == 64)
    throw LibraryError(fmt::format("{} takes 64-bit integers", library.path()));
  library.function<void()>("bli_init")();  // now it reads the environment

  Cblas blas;
  blas.version = library.function<const char*()>("bli_info_get_version_str")();
  blas.file = library.path();
  blas.core = arch_string(library.function<int()>("bli_arch_query_id")());
  if (!how.core.empty() && blas.core != how.core)
    throw LibraryError(fmt::format("asked for {}, took {}", how.core, blas.core));
  const auto enabled = [&](const char* question) {
    const auto ask = reinterpret_cast<std::int64_t (*)()>(library.optional_symbol(question));
    return ask != nullptr && static_cast<int>(ask()) != 0;
  };
  const bool openmp = enabled("bli_info_get_enable_openmp");
  blas.threaded = openmp || enabled("bli_info_get_enable_pthreads");
  blas.build = openmp ? "OpenMP" : blas.threaded ? "POSIX threads" : "no threads";
  blas.sgemm = library.function<CblasGemm<float, float>>("cblas_sgemm");
  blas.dgemm = library.function<CblasGemm<double, double>>("cblas_dgemm");
  // dim_t is 64 bits wide unless built otherwise, and even then comes in the low half of the register.
  const auto get = library.function<std::int64_t()>("bli_thread_get_num_threads");
  const auto set = library.function<void(std::int64_t)>("bli_thread_set_num_threads");
  blas.threads = [get] { return static_cast<int>(get()); };
  blas.set_threads = [set](int threads) { set(threads); };
  return blas;
}

inline const BlasFamily& blis_family() {
  static const BlasFamily family{.display = "BLIS",
                                 .soname = "libblis.so.4",
                                 .prefixes = {"BLIS_"},
                                 .core_variable = "BLIS_ARCH_TYPE",
                                 .tuning_variables = {},
                                 .candidates = blis_detail::candidates(),
                                 .load = load_blis};
  return family;
}

/// Searched for at the first call, which must come before threads are pinned.
inline const BlasFinding& blis() {
  static const BlasFinding found = find_blas(blis_family());
  return found;
}

}  // namespace gemmark
