// How cuBLAS and cuBLASLt call our precisions, and their errors.
#pragma once

#include <cublas_api.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "kernels/api/problem.hpp"
#include "kernels/api/support.hpp"
#include "kernels/service/cuda_check.hpp"

namespace gemmark::cublas {

inline void check(cublasStatus_t status, const char* call, const char* file, int line) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw CudaError(std::string(call) + ": cuBLAS status " + std::to_string(static_cast<int>(status)) + " (" +
                    file + ":" + std::to_string(line) + ")");
}
#define GEMMARK_CUBLAS_CHECK(call) ::gemmark::cublas::check((call), #call, __FILE__, __LINE__)

struct Types {
  cudaDataType_t a, b, c, scale;
  cublasComputeType_t compute;
};

inline bool types_of(Precision precision, Types& t) {
  switch (precision) {
    case Precision::fp64:
      return t = {CUDA_R_64F, CUDA_R_64F, CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F}, true;
    case Precision::fp32:  // pedantic would forbid emulation too, but also the fastest true fp32 kernels
      return t = {CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F}, true;
    case Precision::tf32:
      return t = {CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_TF32}, true;
    case Precision::fp16:
      return t = {CUDA_R_16F, CUDA_R_16F, CUDA_R_16F, CUDA_R_32F, CUBLAS_COMPUTE_32F}, true;
    case Precision::fp16acc16:
      return t = {CUDA_R_16F, CUDA_R_16F, CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_16F}, true;
    case Precision::bf16:
      return t = {CUDA_R_16BF, CUDA_R_16BF, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F}, true;
    case Precision::fp8:
      return t = {CUDA_R_8F_E4M3, CUDA_R_8F_E4M3, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F}, true;
    case Precision::fp8e5m2:
      return t = {CUDA_R_8F_E5M2, CUDA_R_8F_E4M3, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F}, true;
    case Precision::int8:
      return t = {CUDA_R_8I, CUDA_R_8I, CUDA_R_32I, CUDA_R_32I, CUBLAS_COMPUTE_32I}, true;
    default:
      return false;
  }
}

/// The libraries scale integers by integers.
inline Support scales(const Gemm& g) {
  if (g.in != Precision::int8 || (std::rint(g.alpha) == g.alpha && std::rint(g.beta) == g.beta))
    return Support::yes();
  return Support::no("scales int8 by whole numbers only");
}

/// alpha or beta in the type that the computation scales with.
struct Scalar {
  std::array<std::byte, 8> bytes{};
  Scalar(double value, cudaDataType_t type) {
    const auto put = [&](auto typed) {
      std::copy_n(reinterpret_cast<std::byte*>(&typed), sizeof typed, bytes.data());
    };
    if (type == CUDA_R_64F) put(value);
    if (type == CUDA_R_32F) put(static_cast<float>(value));
    if (type == CUDA_R_32I) put(static_cast<std::int32_t>(value));
    if (type == CUDA_R_16F) put(static_cast<std::uint16_t>(encode_float(Dtype::f16, value)));
  }
};

}  // namespace gemmark::cublas
