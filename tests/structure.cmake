# Tests of the house itself: who includes whom, headers that stand alone, the program on an old CPU and from a
# package, and the scripts.

# ctest shows a unittest as skipped only if told how that reads.
function(gemmark_script_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "ENVIRONMENT")
  add_test(NAME "scripts: ${name}"
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/scripts/test_${name}.py)
  set_tests_properties("scripts: ${name}" PROPERTIES TIMEOUT 300 LABELS "${arg_LABEL}"
    SKIP_REGULAR_EXPRESSION "OK \\(skipped=" ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()

set(scripts ${PROJECT_SOURCE_DIR}/scripts)
add_test(NAME "law of includes" COMMAND Python3::Interpreter ${scripts}/check_layers.py)
add_test(NAME "README shows the results on record"
  COMMAND Python3::Interpreter ${scripts}/readme_table.py --check)
gemmark_script_test(check_layers)
gemmark_script_test(readme_table)
gemmark_script_test(repeatability)
gemmark_script_test(gpu_scripts)
gemmark_script_test(gpu_ceiling_loops)

# Each header as the first and only line of a file; twice, so that its guard is tried as well. A target of its
# own that a test builds: what has not changed is not compiled again.
set(header_folders kernels harness reports bench tests)
list(TRANSFORM header_folders REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/\\1/*.hpp" OUTPUT_VARIABLE patterns)
if(GEMMARK_CUDA)
  list(APPEND patterns ${PROJECT_SOURCE_DIR}/kernels/*.cuh)
endif()
file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${patterns})
if(NOT GEMMARK_ONEDNN_HEADERS)
  list(FILTER headers EXCLUDE REGEX "onednn")
endif()
if(NOT GEMMARK_CUDA)
  list(FILTER headers EXCLUDE REGEX "/(cuda_|cublas|wgmma_|device_gemm|bare_memory)")
elseif(NOT GEMMARK_CUBLASLT_HEADERS)
  list(FILTER headers EXCLUDE REGEX "/cublas")
endif()
set(header_sources)
foreach(header IN LISTS headers)
  set(language cpp)
  if(header MATCHES "\\.cuh$")
    set(language cu)
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.${language})
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
  list(APPEND header_sources ${source})
endforeach()
add_library(headers_alone OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_link_libraries(headers_alone PRIVATE gemmark_reports CLI11::CLI11 benchmark::benchmark Boost::headers
  OpenMP::OpenMP_CXX PkgConfig::hwloc Catch2::Catch2WithMain)
target_compile_options(headers_alone PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-O0 -g0>)
if(GEMMARK_ONEDNN_HEADERS)
  target_include_directories(headers_alone SYSTEM PRIVATE ${GEMMARK_ONEDNN_HEADERS})
endif()
if(GEMMARK_CUDA)
  target_link_libraries(headers_alone PRIVATE CUDA::cudart_static)
  target_compile_options(headers_alone PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:${gpu_code}>)
endif()
set_target_properties(headers_alone PROPERTIES CXX_CLANG_TIDY "")
add_test(NAME "every header compiles alone"
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target headers_alone)
set_tests_properties("every header compiles alone" PROPERTIES TIMEOUT 600 LABELS headers)

# Nothing may run an instruction that only newer CPUs have before it has asked the CPU.
find_program(GEMMARK_QEMU qemu-x86_64)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  gemmark_script_test(old_cpu ENVIRONMENT
    "GEMMARK=$<TARGET_FILE:gemmark>" "GEMMARK_QEMU=${GEMMARK_QEMU}" "GEMMARK_FLAGS=${CMAKE_CXX_FLAGS}")
endif()

gemmark_script_test(package LABEL package ENVIRONMENT "GEMMARK_BUILD=${PROJECT_BINARY_DIR}"
  "GEMMARK_CPACK=${CMAKE_CPACK_COMMAND}" "GEMMARK_FLAGS=${CMAKE_CXX_FLAGS}")
# Packing asks ninja whether all is built, and so must not run beside another ninja.
set_tests_properties("every header compiles alone" "scripts: package" PROPERTIES RESOURCE_LOCK build)
