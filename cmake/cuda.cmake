# nvcc for the kernels' .cu files. cudart is linked statically, the driver and NVIDIA's libraries are opened at run
# time, so that the program starts where there are none.
set(GEMMARK_CUDA_ARCHITECTURES "90a" CACHE STRING
  "GPU architectures to compile for, as nvcc names them; a release takes 80;86;89;90a")

# Sources say their architecture themselves (kernels/CMakeLists.txt): some exist for one alone.
set(CMAKE_CUDA_ARCHITECTURES OFF)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
if(GEMMARK_CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${GEMMARK_CCACHE})
endif()
enable_language(CUDA)
# CMake 3.25 knows no C++20 for nvcc 13 and silently takes C++17.
string(APPEND CMAKE_CUDA_FLAGS " -std=c++20 --expt-relaxed-constexpr -Xcompiler=-Wall,-Wextra,-Wshadow")
find_package(CUDAToolkit 12.4 REQUIRED)

if("90a" IN_LIST GEMMARK_CUDA_ARCHITECTURES)
  set(GEMMARK_CUDA_90A ON)
endif()
find_path(GEMMARK_CUBLASLT_HEADERS cublasLt.h HINTS ${CUDAToolkit_INCLUDE_DIRS} NO_DEFAULT_PATH
  DOC "cuBLASLt's header; the library itself is opened at run time")
