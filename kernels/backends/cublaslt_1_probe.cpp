// Is cuBLASLt here, and which version.
#include "kernels/api/registry.hpp"
#include "kernels/gemm/cublaslt_table.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  BackendStatus status;
  try {
    const std::size_t version = cublaslt::table().version();
    status.version = std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
                     std::to_string(version % 100);
    status.facts["file"] = cublaslt::table().library.path();
  } catch (const LibraryError& error) {
    status.available = Support::no(error.what());
  }
  return status;
}

}  // namespace

const Registration registration{
    GEMMARK_FILE,
    [] { return Backend{.device_kind = "cuda", .summary = "NVIDIA cuBLASLt", .probe = probe}; }};

}  // namespace gemmark
