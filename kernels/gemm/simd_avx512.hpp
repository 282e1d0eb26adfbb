// 512-bit vectors of float and double behind the names that packed.hpp and the ceilings use.
// To be included after GEMMARK_ISA_BEGIN; everything is local to the including file.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace gemmark {
namespace {

template <class T>
struct Avx512;

template <>
struct Avx512<float> {
  using Element = float;
  using Vector = __m512;
  using Mask = __mmask16;
  static constexpr int lanes = 16;

  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector broadcast(float x) { return _mm512_set1_ps(x); }
  static Vector load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
  static void stream(float* p, Vector v) { _mm512_stream_ps(p, v); }
  static Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector mul(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  /// sum += a·b. Written out where it matters that the compiler keeps `sum` where it is: left to choose among
  /// the three forms of the instruction, it moves accumulators about, and spills them where none is free.
  static void accumulate(Vector& sum, Vector a, Vector b) {
    asm("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  }
  /// Selects the first `count` lanes.
  static Mask mask(std::int64_t count) { return static_cast<Mask>((1u << count) - 1); }
  static Vector load(const float* p, Mask mask) { return _mm512_maskz_loadu_ps(mask, p); }
  static void store(float* p, Vector v, Mask mask) { _mm512_mask_storeu_ps(p, mask, v); }
};

template <>
struct Avx512<double> {
  using Element = double;
  using Vector = __m512d;
  using Mask = __mmask8;
  static constexpr int lanes = 8;

  static Vector zero() { return _mm512_setzero_pd(); }
  static Vector broadcast(double x) { return _mm512_set1_pd(x); }
  static Vector load(const double* p) { return _mm512_loadu_pd(p); }
  static void store(double* p, Vector v) { _mm512_storeu_pd(p, v); }
  static void stream(double* p, Vector v) { _mm512_stream_pd(p, v); }
  static Vector add(Vector a, Vector b) { return _mm512_add_pd(a, b); }
  static Vector mul(Vector a, Vector b) { return _mm512_mul_pd(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_pd(a, b, c); }
  static void accumulate(Vector& sum, Vector a, Vector b) {
    asm("vfmadd231pd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  }
  static Mask mask(std::int64_t count) { return static_cast<Mask>((1u << count) - 1); }
  static Vector load(const double* p, Mask mask) { return _mm512_maskz_loadu_pd(mask, p); }
  static void store(double* p, Vector v, Mask mask) { _mm512_mask_storeu_pd(p, mask, v); }
};

}  // namespace
}  // namespace gemmark
