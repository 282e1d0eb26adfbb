// Is OpenBLAS here, which version, and which core type does it dispatch to?
#include "kernels/api/registry.hpp"
#include "kernels/backends/openblas.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  BackendStatus status = blas_status(openblas_family(), openblas());
  const char* limit = std::getenv("OPENBLAS_NUM_THREADS");
  if (openblas().environment && limit != nullptr)
    status.facts["threads"] +=
        fmt::format("; OPENBLAS_NUM_THREADS={} is overridden: each row sets its own count", limit);
  return status;
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "OpenBLAS, opened at run time", .probe = probe}; }};

}  // namespace gemmark
