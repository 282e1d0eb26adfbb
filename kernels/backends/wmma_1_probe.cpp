// Tensor cores through the WMMA interface. Available where the device is; what a device lacks, each kernel
// says.
#include "kernels/api/registry.hpp"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE,
    [] { return Backend{.device_kind = "cuda", .summary = "Tensor cores through the WMMA interface"}; }};

}  // namespace gemmark
