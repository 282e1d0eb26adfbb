# One row a backend: gemmark_backend(<file prefix> [CONDITION <variable>] [OPTIONS <compile flags>…]
#                                [ARCHITECTURES <GPU architectures>…]), the last for .cu files.
#
# A row takes every kernels/<folder>/<prefix>_<step>[_<technique>].{cpp,cu}; the step is reading order only.
# Instruction sets are no OPTIONS: kernels/api/isa.hpp says how a file gets them.

gemmark_backend(cpu)
gemmark_backend(avx2 CONDITION GEMMARK_X86)
gemmark_backend(avx512 CONDITION GEMMARK_X86)
gemmark_backend(amx CONDITION GEMMARK_X86)
gemmark_backend(openblas)
gemmark_backend(blis)
gemmark_backend(onednn CONDITION GEMMARK_ONEDNN_HEADERS)

# Says that there is no GPU to measure here, because this build cannot.
gemmark_backend(nocuda CONDITION GEMMARK_CUDA_WHY_NOT OPTIONS "-DGEMMARK_CUDA_WHY_NOT=\"${GEMMARK_CUDA_WHY_NOT}\"")

gemmark_backend(cuda CONDITION GEMMARK_CUDA)
gemmark_backend(wmma CONDITION GEMMARK_CUDA)
gemmark_backend(mma CONDITION GEMMARK_CUDA_90A ARCHITECTURES 90a)
gemmark_backend(wgmma CONDITION GEMMARK_CUDA_90A ARCHITECTURES 90a)
gemmark_backend(cublas CONDITION GEMMARK_CUBLASLT_HEADERS)
gemmark_backend(cublaslt CONDITION GEMMARK_CUBLASLT_HEADERS)
