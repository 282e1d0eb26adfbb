// One stored element and its value, on the device: how fills, checks and the oracle read and write every
// type.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cstdint>
#include <limits>
#include <stdexcept>

#include "kernels/api/packed4.hpp"
#include "kernels/api/tensor.hpp"

namespace gemmark::cuda {

struct Fp64Element {
  using Stored = double;
  static __device__ double load(double stored) { return stored; }
  static __device__ double store(double value) { return value; }
  static __device__ double poison() { return __longlong_as_double(0x7ff8000000000000ll); }
};

struct Fp32Element {
  using Stored = float;
  static __device__ double load(float stored) { return stored; }
  static __device__ float store(double value) { return __double2float_rn(value); }
  static __device__ float poison() { return __int_as_float(0x7fc00000); }
};

struct Fp16Element {
  using Stored = std::uint16_t;
  static __device__ double load(std::uint16_t stored) { return __half2float(__ushort_as_half(stored)); }
  static __device__ std::uint16_t store(double value) { return __half_as_ushort(__double2half(value)); }
  static __device__ std::uint16_t poison() { return 0x7fff; }
};

struct Bf16Element {
  using Stored = std::uint16_t;
  static __device__ double load(std::uint16_t stored) {
    return __uint_as_float(static_cast<std::uint32_t>(stored) << 16);
  }
  static __device__ std::uint16_t store(double value) {
    return __bfloat16_as_ushort(__double2bfloat16(value));
  }
  static __device__ std::uint16_t poison() { return 0x7fff; }
};

template <__nv_fp8_interpretation_t format>
struct Fp8Element {
  using Stored = std::uint8_t;
  static __device__ double load(std::uint8_t stored) {
    return __half2float(__half(__nv_cvt_fp8_to_halfraw(stored, format)));
  }
  static __device__ std::uint8_t store(double value) {
    return __nv_cvt_double_to_fp8(value, __NV_NOSAT, format);
  }
  static __device__ std::uint8_t poison() { return 0x7f; }
};

/// The poison is a value that no product of small integers comes near.
template <class T>
struct IntElement {
  using Stored = T;
  static constexpr double low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  static __device__ double load(T stored) { return stored; }
  static __device__ T store(double value) {
    return static_cast<T>(value < low ? low : value > high ? high : rint(value));
  }
  static __device__ T poison() { return static_cast<T>(low); }
};

/// Where packed elements are read from, used like a pointer; rows start on whole granules.
template <Dtype dtype>
struct PackedPointer {
  const std::byte* base;
  __host__ __device__ PackedPointer operator+(std::int64_t elements) const {
    return {base + packed4::byte_of<dtype>(elements)};
  }
  __device__ double operator[](std::int64_t i) const {
    const auto byte = static_cast<std::uint8_t>(base[packed4::byte_of<dtype>(i)]);
    const int value = packed4::decode<dtype>(i % 2 != 0 ? byte >> 4 : byte & 15);
    if constexpr (dtype == Dtype::w4)
      return value * static_cast<double>(*reinterpret_cast<const __half*>(base + packed4::scale_byte_of(i)));
    return value;
  }
};
template <Dtype dtype>
struct PackedElement {
  using Stored = PackedPointer<dtype>;
  static __device__ double load(double value) { return value; }
};

/// What E::load takes, element by element.
template <class E>
struct Reading {
  using Pointer = const typename E::Stored*;
  static Pointer from(const Tensor& tensor) { return tensor.as<const typename E::Stored>(); }
};
template <Dtype dtype>
struct Reading<PackedElement<dtype>> {
  using Pointer = PackedPointer<dtype>;
  static Pointer from(const Tensor& tensor) { return {tensor.data}; }
};

/// Calls function(E{}) with the element type of `dtype`, which is no packed one.
template <class Function>
void with_cuda_element(Dtype dtype, Function function) {
  switch (dtype) {
    case Dtype::f64:
      return function(Fp64Element{});
    case Dtype::f32:
      return function(Fp32Element{});
    case Dtype::f16:
      return function(Fp16Element{});
    case Dtype::bf16:
      return function(Bf16Element{});
    case Dtype::e4m3:
      return function(Fp8Element<__NV_E4M3>{});
    case Dtype::e5m2:
      return function(Fp8Element<__NV_E5M2>{});
    case Dtype::s32:
      return function(IntElement<std::int32_t>{});
    case Dtype::s8:
      return function(IntElement<std::int8_t>{});
    case Dtype::s4:
    case Dtype::w4:
      break;
  }
  throw std::invalid_argument("elements narrower than a byte can only be read");
}
/// The same for what is only read, packed types included.
template <class Function>
void with_cuda_input(Dtype dtype, Function function) {
  if (dtype == Dtype::s4) return function(PackedElement<Dtype::s4>{});
  if (dtype == Dtype::w4) return function(PackedElement<Dtype::w4>{});
  with_cuda_element(dtype, function);
}

}  // namespace gemmark::cuda
