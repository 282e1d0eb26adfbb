// cuBLAS's functions, opened at run time. Only its header is needed to build.
#pragma once

#include <map>
#include <utility>

#include "kernels/api/library.hpp"
#include "kernels/gemm/cublas_types.hpp"

// Emulated fp32 and fp64: in the header since cuBLAS 13.0.
#define GEMMARK_CUBLAS_EMULATION (CUBLAS_VERSION >= 130000)

namespace gemmark::cublas {

struct Table {
  Library library;
  decltype(&cublasCreate_v2) create;
  decltype(&cublasGetProperty) property;
  decltype(&cublasSetMathMode) set_math_mode;
  decltype(&cublasSetStream_v2) set_stream;
  decltype(&cublasSetWorkspace_v2) set_workspace;
  decltype(&cublasGemmEx_64) gemm;
  decltype(&cublasGemmStridedBatchedEx_64) gemm_batched;
#if GEMMARK_CUBLAS_EMULATION
  /// Null in a library older than the header.
  cublasStatus_t (*set_emulation_strategy)(cublasHandle_t, cublasEmulationStrategy_t);
#endif

  explicit Table(Library opened) : library(opened) {
    const auto bind = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(library.symbol(name));
    };
    bind(create, "cublasCreate_v2");
    bind(property, "cublasGetProperty");
    bind(set_math_mode, "cublasSetMathMode");
    bind(set_stream, "cublasSetStream_v2");
    bind(set_workspace, "cublasSetWorkspace_v2");
    bind(gemm, "cublasGemmEx_64");
    bind(gemm_batched, "cublasGemmStridedBatchedEx_64");
#if GEMMARK_CUBLAS_EMULATION
    set_emulation_strategy = reinterpret_cast<decltype(set_emulation_strategy)>(
        library.optional_symbol("cublasSetEmulationStrategy"));
#endif
  }
};

inline std::string soname() { return "libcublas.so." + std::to_string(CUBLAS_VER_MAJOR); }

/// Throws LibraryError where the library is not here.
inline const Table& table() {
  static const Table opened{Library::open(soname())};
  return opened;
}

/// One for the current device; `emulating` is a second one that emulates wherever it can. Never destroyed:
/// the driver may be gone before static destructors run.
inline cublasHandle_t handle(bool emulating) {
  static std::map<std::pair<int, bool>, cublasHandle_t> made;
  cublasHandle_t& one = made[{current_device(), emulating}];
  if (one == nullptr) {
    GEMMARK_CUBLAS_CHECK(table().create(&one));
    // Else what splits k may add up the parts in a 16-bit output, which is another precision.
    GEMMARK_CUBLAS_CHECK(table().set_math_mode(
        one,
        static_cast<cublasMath_t>(CUBLAS_DEFAULT_MATH | CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION)));
#if GEMMARK_CUBLAS_EMULATION
    if (emulating && table().set_emulation_strategy != nullptr)
      GEMMARK_CUBLAS_CHECK(table().set_emulation_strategy(one, CUBLAS_EMULATION_STRATEGY_EAGER));
#endif
  }
  return one;
}

}  // namespace gemmark::cublas
