// Is BLIS here, which version, and which sub-configuration does it dispatch to?
#include "kernels/api/registry.hpp"
#include "kernels/backends/blis.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  BackendStatus status = blas_status(blis_family(), blis());
  const std::string ways =
      environment_text({"BLIS_JC_NT=", "BLIS_PC_NT=", "BLIS_IC_NT=", "BLIS_JR_NT=", "BLIS_IR_NT="});
  if (blis().environment && !ways.empty())
    status.advice.push_back(fmt::format(
        "BLIS splits its work by {} and not by the thread count that each row asks for; unset it.", ways));
  return status;
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "BLIS, opened at run time", .probe = probe}; }};

}  // namespace gemmark
