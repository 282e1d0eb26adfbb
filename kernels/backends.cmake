# One row a backend: gemmark_backend(<file prefix> [CONDITION <variable> NEEDS <what a user may call it>]
#                                [OPTIONS <compile flags>…] [ARCHITECTURES <GPU architectures>…]), the last for
#                                .cu files. A backend whose condition does not hold is left out, and the program
#                                says what it needs.
#
# A row takes every kernels/<folder>/<prefix>_<step>[_<technique>].{cpp,cu}; the step is reading order only.
# Instruction sets are no OPTIONS: kernels/api/isa.hpp says how a file gets them.

gemmark_backend(cpu)
gemmark_backend(avx2 CONDITION GEMMARK_X86 NEEDS "an x86 processor")
gemmark_backend(avx512 CONDITION GEMMARK_X86 NEEDS "an x86 processor")
gemmark_backend(amx CONDITION GEMMARK_X86 NEEDS "an x86 processor")
gemmark_backend(openblas)
gemmark_backend(blis)
gemmark_backend(onednn CONDITION GEMMARK_ONEDNN_HEADERS NEEDS "oneDNN's header (dnnl.h)")

# Says that there is no GPU to measure here, because this build cannot.
gemmark_backend(nocuda CONDITION GEMMARK_CUDA_WHY_NOT OPTIONS "-DGEMMARK_CUDA_WHY_NOT=\"${GEMMARK_CUDA_WHY_NOT}\"")

if(GEMMARK_CUDA)
  set(sm_90a "code for sm_90a (GEMMARK_CUDA_ARCHITECTURES)")
  set(cublas "cuBLASLt's header (cublasLt.h)")
else()
  set(cuda "CUDA (${GEMMARK_CUDA_WHY_NOT})")
  set(sm_90a "${cuda}")
  set(cublas "${cuda}")
endif()
gemmark_backend(cuda CONDITION GEMMARK_CUDA NEEDS "${cuda}")
gemmark_backend(wmma CONDITION GEMMARK_CUDA NEEDS "${cuda}")
gemmark_backend(mma CONDITION GEMMARK_CUDA_90A NEEDS "${sm_90a}" ARCHITECTURES 90a)
gemmark_backend(wgmma CONDITION GEMMARK_CUDA_90A NEEDS "${sm_90a}" ARCHITECTURES 90a)
gemmark_backend(cublas CONDITION GEMMARK_CUBLASLT_HEADERS NEEDS "${cublas}")
gemmark_backend(cublaslt CONDITION GEMMARK_CUBLASLT_HEADERS NEEDS "${cublas}")
