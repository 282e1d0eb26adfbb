// 256-bit vectors of float and double behind the names that packed.hpp and the ceilings use.
// To be included after GEMMARK_ISA_BEGIN; everything is local to the including file.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace gemmark {
namespace {

template <class T>
struct Avx2;

template <>
struct Avx2<float> {
  using Element = float;
  using Vector = __m256;
  using Mask = __m256i;
  static constexpr int lanes = 8;

  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector broadcast(float x) { return _mm256_set1_ps(x); }
  static Vector load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
  static void stream(float* p, Vector v) { _mm256_stream_ps(p, v); }
  static Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector mul(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  /// sum += a·b. Written out where it matters that the compiler keeps `sum` where it is: left to choose among
  /// the three forms of the instruction, it moves accumulators about, and spills them where none is free.
  static void accumulate(Vector& sum, Vector a, Vector b) {
    asm("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
  }
  /// Selects the first `count` lanes.
  static Mask mask(std::int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Vector load(const float* p, Mask mask) { return _mm256_maskload_ps(p, mask); }
  static void store(float* p, Vector v, Mask mask) { _mm256_maskstore_ps(p, mask, v); }
};

template <>
struct Avx2<double> {
  using Element = double;
  using Vector = __m256d;
  using Mask = __m256i;
  static constexpr int lanes = 4;

  static Vector zero() { return _mm256_setzero_pd(); }
  static Vector broadcast(double x) { return _mm256_set1_pd(x); }
  static Vector load(const double* p) { return _mm256_loadu_pd(p); }
  static void store(double* p, Vector v) { _mm256_storeu_pd(p, v); }
  static void stream(double* p, Vector v) { _mm256_stream_pd(p, v); }
  static Vector add(Vector a, Vector b) { return _mm256_add_pd(a, b); }
  static Vector mul(Vector a, Vector b) { return _mm256_mul_pd(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_pd(a, b, c); }
  static void accumulate(Vector& sum, Vector a, Vector b) {
    asm("vfmadd231pd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
  }
  static Mask mask(std::int64_t count) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  static Vector load(const double* p, Mask mask) { return _mm256_maskload_pd(p, mask); }
  static void store(double* p, Vector v, Mask mask) { _mm256_maskstore_pd(p, mask, v); }
};

}  // namespace
}  // namespace gemmark
