// Is cuBLAS here, and which version.
#include "kernels/api/registry.hpp"
#include "kernels/gemm/cublas_table.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  BackendStatus status;
  try {
    for (const libraryPropertyType part : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL}) {
      int value = 0;
      GEMMARK_CUBLAS_CHECK(cublas::table().property(part, &value));
      if (!status.version.empty()) status.version += '.';
      status.version += std::to_string(value);
    }
    status.facts["file"] = cublas::table().library.path();
  } catch (const std::exception& error) {
    status.available = Support::no(error.what());
  }
  return status;
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.device_kind = "cuda", .summary = "NVIDIA cuBLAS", .probe = probe}; }};

}  // namespace gemmark
