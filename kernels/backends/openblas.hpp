// OpenBLAS: its core type is read from OPENBLAS_CORETYPE while the library loads, and a name that it does not
// know is ignored in silence.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <cstdlib>

#include "kernels/backends/blas.hpp"
#include "kernels/backends/cpu_features.hpp"

namespace gemmark {

namespace openblas_detail {

inline std::vector<std::string> candidates() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) {
    if (__builtin_cpu_supports("avx512bf16") && cpu_has(Amx::bf16)) names.push_back("SapphireRapids");
    if (__builtin_cpu_supports("avx512bf16")) names.push_back("Cooperlake");
    names.push_back("SkylakeX");
  }
  // AVX2 can win where AVX-512 runs at half width (Zen 4) or on one unit only (the smaller Xeons).
  const bool amd = __builtin_cpu_is("amd");
  if (amd && !avx512) names.push_back("Zen");
  if ((amd || names.size() < 2) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    names.push_back("Haswell");
#endif
  return names;
}

// "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64"
inline std::string word_after(const std::string& config, const std::string& key) {
  const std::size_t at = config.find(key);
  if (at == std::string::npos) return {};
  const std::size_t start = at + key.size();
  return config.substr(start, config.find(' ', start) - start);
}

// A pool that starts late inherits the mask of a caller that is pinned by then. So every copy starts its
// pool in full when it is loaded, and again after a fork, before which OpenBLAS ends its threads.
inline void keep_pool(const Library& library, const Cblas& blas) {
  static auto& pools = *new std::vector<std::function<void()>>;
  static const int registered = pthread_atfork(
      nullptr,
      [] {
        for (const auto& start : pools) start();
      },
      nullptr);
  if (registered != 0) throw LibraryError("pthread_atfork failed");
  const int all = library.function<int()>("openblas_get_num_procs")();
  pools.push_back([all, blas] {
    const int before = blas.threads();
    blas.set_threads(all);
    blas.set_threads(before);
  });
  pools.back()();
}

}  // namespace openblas_detail

inline Cblas load_openblas(const BlasLoad& how) {
  const std::string soname = "libopenblas.so.0";
  ScopedEnvironment environment;
  if (!how.core.empty()) {
    for (const auto& [variable, value] : environment_with({"OPENBLAS_", "GOTO"}))
      if (variable != "OPENBLAS_THREAD_TIMEOUT") environment.unset(variable);  // how long idle threads spin
    environment.set("OPENBLAS_CORETYPE", how.core);
  }
  if (how.without_threads) environment.set("OPENBLAS_NUM_THREADS", "1");
  const Library library = how.core.empty() ? Library::open(soname) : Library::open_copy(soname);

  Cblas blas;
  blas.build = library.function<const char*()>("openblas_get_config")();
  blas.version = openblas_detail::word_after(blas.build, "OpenBLAS ");
  blas.file = library.path();
  blas.core = library.function<const char*()>("openblas_get_corename")();
  if (!how.core.empty() && !same_core(blas.core, how.core))
    throw LibraryError(fmt::format("asked for {}, took {}", how.core, blas.core));
  if (blas.build.find("USE64BITINT") != std::string::npos)
    throw LibraryError(fmt::format("{} takes 64-bit integers", blas.file));
  blas.threaded = library.function<int()>("openblas_get_parallel")() != 0;
  const std::string most = openblas_detail::word_after(blas.build, "MAX_THREADS=");
  blas.max_threads = most.empty() ? 0 : std::atoi(most.c_str());
  blas.sgemm = library.function<CblasGemm<float, float>>("cblas_sgemm");
  blas.dgemm = library.function<CblasGemm<double, double>>("cblas_dgemm");
  // Other core types convert to fp32 in plain C: no figure that anyone would want.
  if (same_core(blas.core, "Cooperlake") || same_core(blas.core, "SapphireRapids"))
    blas.sbgemm = reinterpret_cast<CblasGemm<std::uint16_t, float>*>(library.optional_symbol("cblas_sbgemm"));
  blas.threads = library.function<int()>("openblas_get_num_threads");
  blas.set_threads = library.function<void(int)>("openblas_set_num_threads");
  if (blas.threaded && !how.without_threads) openblas_detail::keep_pool(library, blas);
  return blas;
}

inline const BlasFamily& openblas_family() {
  static const BlasFamily family{
      .display = "OpenBLAS",
      .soname = "libopenblas.so.0",
      .prefixes = {"OPENBLAS_", "GOTO"},
      .core_variable = "OPENBLAS_CORETYPE",
      .tuning_variables = {"OPENBLAS_L2_SIZE=", "OPENBLAS_BLOCK_FACTOR=", "GOTO_BLOCK_FACTOR="},
      .candidates = openblas_detail::candidates(),
      .load = load_openblas};
  return family;
}

/// Searched for at the first call, which must come before threads are pinned.
inline const BlasFinding& openblas() {
  static const BlasFinding found = find_blas(openblas_family());
  return found;
}

}  // namespace gemmark
