# nvcc for the kernels' .cu files. cudart is linked statically, the driver and NVIDIA's libraries are opened at run
# time, so that the program starts where there are none.
#
# Sets GEMMARK_CUDA to ON or OFF for this build, and where it is OFF, GEMMARK_CUDA_WHY_NOT.
set(GEMMARK_CUDA AUTO CACHE STRING "Build the CUDA backends: ON, OFF, or AUTO (where nvcc is and works)")
set_property(CACHE GEMMARK_CUDA PROPERTY STRINGS AUTO ON OFF)
set(GEMMARK_CUDA_ARCHITECTURES "90a" CACHE STRING
  "GPU architectures to compile for, as nvcc names them; a release takes 80;86;89;90a")
set(oldest_nvcc 12.4)

# Tries nvcc on a file with every architecture: it may not know one of them, or refuse the host's compiler.
function(gemmark_try_nvcc why_not)
  find_program(GEMMARK_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH ENV CUDA_HOME
    PATHS /usr/local/cuda PATH_SUFFIXES bin)
  set(${why_not} "" PARENT_SCOPE)
  if(NOT GEMMARK_NVCC)
    set(${why_not} "nvcc was not found" PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${GEMMARK_NVCC} --version OUTPUT_VARIABLE said ERROR_QUIET)
  string(REGEX MATCH "release ([0-9]+\\.[0-9]+)" found "${said}")
  if(NOT found OR CMAKE_MATCH_1 VERSION_LESS oldest_nvcc)
    set(${why_not} "${GEMMARK_NVCC} is version ${CMAKE_MATCH_1}, and ${oldest_nvcc} is needed" PARENT_SCOPE)
    return()
  endif()
  set(tried "${GEMMARK_NVCC} ${CMAKE_MATCH_1} ${CMAKE_CXX_COMPILER} ${GEMMARK_CUDA_ARCHITECTURES}")
  if(tried STREQUAL GEMMARK_NVCC_WORKED)
    return()
  endif()
  set(options -std=c++20 -ccbin ${CMAKE_CXX_COMPILER})
  foreach(architecture IN LISTS GEMMARK_CUDA_ARCHITECTURES)
    list(APPEND options -gencode=arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  set(probe ${PROJECT_BINARY_DIR}/CMakeFiles/gemmark_nvcc)
  file(WRITE ${probe}.cu "#include <string>\n__global__ void probe() {}\n")
  execute_process(COMMAND ${GEMMARK_NVCC} ${options} -c ${probe}.cu -o ${probe}.o
    RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    string(REGEX MATCH "[^\n]*(error|fatal|rror:)[^\n]*" line "${said}")
    # It ends up in a string of C++.
    string(REGEX REPLACE "[^A-Za-z0-9 ._/:+,()-]" "" line "${line}")
    set(${why_not} "${GEMMARK_NVCC} does not compile: ${line}" PARENT_SCOPE)
  else()
    set(GEMMARK_NVCC_WORKED "${tried}" CACHE INTERNAL "")
  endif()
endfunction()

if(GEMMARK_CUDA)
  set(GEMMARK_CUDA ON)
elseif(GEMMARK_CUDA STREQUAL "AUTO")
  gemmark_try_nvcc(GEMMARK_CUDA_WHY_NOT)
  if(GEMMARK_CUDA_WHY_NOT)
    set(GEMMARK_CUDA OFF)
    message(STATUS "gemmark: CUDA left out: ${GEMMARK_CUDA_WHY_NOT}")
  else()
    set(GEMMARK_CUDA ON)
    set(CMAKE_CUDA_COMPILER ${GEMMARK_NVCC} CACHE FILEPATH "CUDA compiler")
  endif()
else()
  set(GEMMARK_CUDA OFF)
  set(GEMMARK_CUDA_WHY_NOT "GEMMARK_CUDA is OFF")
endif()
if(NOT GEMMARK_CUDA)
  return()
endif()

# Sources say their architecture themselves (kernels/CMakeLists.txt): some exist for one alone.
set(CMAKE_CUDA_ARCHITECTURES OFF)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
if(GEMMARK_CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${gemmark_launcher})
endif()
enable_language(CUDA)
# CMake 3.25 knows no C++20 for nvcc 13 and silently takes C++17.
string(APPEND CMAKE_CUDA_FLAGS " -std=c++20 --expt-relaxed-constexpr -Xcompiler=-Wall,-Wextra,-Wshadow")
find_package(CUDAToolkit ${oldest_nvcc} REQUIRED)
message(STATUS "gemmark: CUDA ${CUDAToolkit_VERSION} for ${GEMMARK_CUDA_ARCHITECTURES}")

if("90a" IN_LIST GEMMARK_CUDA_ARCHITECTURES)
  set(GEMMARK_CUDA_90A ON)
endif()
find_path(GEMMARK_CUBLASLT_HEADERS cublasLt.h HINTS ${CUDAToolkit_INCLUDE_DIRS} NO_DEFAULT_PATH
  DOC "cuBLASLt's header; the library itself is opened at run time")
