// cuBLASLt's functions, opened at run time. Only its header is needed to build.
#pragma once

#include <cublasLt.h>

#include <map>

#include "kernels/api/library.hpp"
#include "kernels/gemm/cublas_types.hpp"

namespace gemmark::cublaslt {

struct Table {
  Library library;
  decltype(&cublasLtCreate) create;
  decltype(&cublasLtGetVersion) version;
  decltype(&cublasLtMatmul) matmul;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) algo_get;
  decltype(&cublasLtMatmulDescCreate) operation_create;
  decltype(&cublasLtMatmulDescDestroy) operation_destroy;
  decltype(&cublasLtMatmulDescSetAttribute) operation_set;
  decltype(&cublasLtMatrixLayoutCreate) layout_create;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&cublasLtMatrixLayoutSetAttribute) layout_set;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set;

  explicit Table(Library opened) : library(opened) {
    const auto bind = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(library.symbol(name));
    };
    bind(create, "cublasLtCreate");
    bind(version, "cublasLtGetVersion");
    bind(matmul, "cublasLtMatmul");
    bind(heuristic, "cublasLtMatmulAlgoGetHeuristic");
    bind(algo_get, "cublasLtMatmulAlgoConfigGetAttribute");
    bind(operation_create, "cublasLtMatmulDescCreate");
    bind(operation_destroy, "cublasLtMatmulDescDestroy");
    bind(operation_set, "cublasLtMatmulDescSetAttribute");
    bind(layout_create, "cublasLtMatrixLayoutCreate");
    bind(layout_destroy, "cublasLtMatrixLayoutDestroy");
    bind(layout_set, "cublasLtMatrixLayoutSetAttribute");
    bind(preference_create, "cublasLtMatmulPreferenceCreate");
    bind(preference_destroy, "cublasLtMatmulPreferenceDestroy");
    bind(preference_set, "cublasLtMatmulPreferenceSetAttribute");
  }
};

inline std::string soname() { return "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR); }

/// Throws LibraryError where the library is not here.
inline const Table& table() {
  static const Table opened{Library::open(soname())};
  return opened;
}

/// One for the current device, to which the library ties it. Never destroyed: the driver may be gone before
/// static destructors run.
inline cublasLtHandle_t handle() {
  static std::map<int, cublasLtHandle_t> made;
  cublasLtHandle_t& one = made[current_device()];
  if (one == nullptr) GEMMARK_CUBLAS_CHECK(table().create(&one));
  return one;
}

}  // namespace gemmark::cublaslt
