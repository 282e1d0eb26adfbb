// Is oneDNN here, which version, and which instruction set does it use?
#include "kernels/api/registry.hpp"
#include "kernels/backends/environment.hpp"
#include "kernels/backends/onednn.hpp"

namespace gemmark {
namespace {

BackendStatus probe() {
  const OneDnnFinding& found = onednn();
  BackendStatus status;
  status.available = found.available;
  if (const std::string variables = environment_text({"DNNL_", "ONEDNN_"}); !variables.empty())
    status.facts["environment"] = variables;
  if (!found.dnnl) return status;
  status.version = found.dnnl->version;
  status.facts["file"] = found.dnnl->file;
  status.facts["core"] = found.dnnl->isa;
  status.facts["threads"] =
      found.dnnl->threaded ? "as many as asked for (OpenMP)" : "1: built without threads";
  if (const std::string cap = environment_text({"DNNL_MAX_CPU_ISA=", "ONEDNN_MAX_CPU_ISA="}); !cap.empty())
    status.advice.push_back(fmt::format("oneDNN is held to {} because {} is set.", found.dnnl->isa, cap));
  if (const std::string noise = environment_text({"DNNL_VERBOSE=", "ONEDNN_VERBOSE="}); !noise.empty())
    status.advice.push_back(fmt::format("oneDNN prints a line a call because {} is set.", noise));
  return status;
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "oneDNN, opened at run time", .probe = probe}; }};

}  // namespace gemmark
