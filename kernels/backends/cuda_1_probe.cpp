// CUDA cores: threads, shared memory, cp.async. Available where the device is; what a device lacks, each
// kernel says.
#include "kernels/api/registry.hpp"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE,
    [] { return Backend{.device_kind = "cuda", .summary = "CUDA cores: threads, shared memory, cp.async"}; }};

}  // namespace gemmark
