// The C interface of a BLAS as a table of function pointers: nothing is linked, no library's header is read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace gemmark {

/// The values that the standard gives the CBLAS enumerations.
inline constexpr int cblas_row_major = 101;
inline constexpr int cblas_no_trans = 111;
inline constexpr int cblas_trans = 112;

template <class In, class Out>
using CblasGemm = void(int order, int trans_a, int trans_b, int m, int n, int k, Out alpha, const In* a,
                       int lda, const In* b, int ldb, Out beta, Out* c, int ldc);

/// One loaded copy of a BLAS.
struct Cblas {
  std::string version{};
  std::string file{};     ///< it was loaded from
  std::string core{};     ///< the core type that it dispatches to, in its own words
  bool threaded = false;  ///< built with threads of any kind
  int max_threads = 0;    ///< that it was built for; 0 where it does not say
  std::string build{};    ///< how it was built, in its own words

  CblasGemm<float, float>* sgemm = nullptr;
  CblasGemm<double, double>* dgemm = nullptr;
  CblasGemm<std::uint16_t, float>* sbgemm = nullptr;  ///< bf16 to fp32; null where it has none of its own

  std::function<int()> threads{};
  std::function<void(int)> set_threads{};
};

}  // namespace gemmark
