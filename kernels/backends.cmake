# One row a backend: gemmark_backend(<file prefix> [CONDITION <variable>] [OPTIONS <compile flags>…]).
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
