// 128-bit vectors of float and double for any CPU, behind the names that packed.hpp and the ceilings use.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gemmark {
namespace {

template <class T>
struct Portable {
  using Element = T;
  static constexpr int lanes = 16 / sizeof(T);
  typedef T Vector __attribute__((vector_size(16)));
  struct Mask {
    std::size_t bytes;
  };

  static Vector zero() { return Vector{}; }
  static Vector broadcast(T x) { return Vector{} + x; }
  static Vector load(const T* p) { return load(p, {sizeof(Vector)}); }
  static void store(T* p, Vector v) { store(p, v, {sizeof v}); }
  /// Past the caches where the baseline can; p aligned to a vector.
  static void stream(T* p, Vector v) {
#ifdef __SSE2__
    _mm_stream_pd(reinterpret_cast<double*>(p), reinterpret_cast<__m128d>(v));
#else
    store(p, v);
#endif
  }
  static Vector add(Vector a, Vector b) { return a + b; }
  static Vector mul(Vector a, Vector b) { return a * b; }
  /// Fused only where the CPU that is compiled for has such an instruction.
  static Vector fma(Vector a, Vector b, Vector c) { return a * b + c; }
  static void accumulate(Vector& sum, Vector a, Vector b) { sum = fma(a, b, sum); }
  /// Selects the first `count` lanes.
  static Mask mask(std::int64_t count) { return {static_cast<std::size_t>(count) * sizeof(T)}; }
  static Vector load(const T* p, Mask mask) {
    Vector v{};
    std::memcpy(&v, p, mask.bytes);
    return v;
  }
  static void store(T* p, Vector v, Mask mask) { std::memcpy(p, &v, mask.bytes); }
};

}  // namespace
}  // namespace gemmark
