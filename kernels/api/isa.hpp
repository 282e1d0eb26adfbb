// Compiles a region of a file for an instruction set that the rest of the program does not assume.
//
// Use it after the last #include, inside an anonymous namespace, with the registration outside: functions of
// the region that were inlined or merged elsewhere would run on CPUs that lack the instructions.
//
//   namespace { GEMMARK_ISA_BEGIN(GEMMARK_ISA_AVX512) … GEMMARK_ISA_END }
//
// Lambdas and templates inside the region are compiled for it; a template from a header is not.
#pragma once

#define GEMMARK_ISA_AVX2 "avx,avx2,fma"
#define GEMMARK_ISA_AVX512 "avx,avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"
#define GEMMARK_ISA_AVX512_BF16 GEMMARK_ISA_AVX512 ",avx512bf16"
#define GEMMARK_ISA_AVX512_VNNI GEMMARK_ISA_AVX512 ",avx512vnni"
#define GEMMARK_ISA_AMX GEMMARK_ISA_AVX512 ",amx-tile,amx-bf16,amx-int8"

#define GEMMARK_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define GEMMARK_ISA_BEGIN(isa) \
  GEMMARK_PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define GEMMARK_ISA_END _Pragma("clang attribute pop")
#else
#define GEMMARK_ISA_BEGIN(isa) _Pragma("GCC push_options") GEMMARK_PRAGMA(GCC target(isa))
#define GEMMARK_ISA_END _Pragma("GCC pop_options")
#endif
