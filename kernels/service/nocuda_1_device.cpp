// What a build without CUDA says of GPUs, so that `doctor`, `--device cuda` and `--require cuda` give the
// reason.
#include "kernels/api/registry.hpp"

namespace gemmark {
namespace {

std::vector<std::unique_ptr<Device>> make_none(std::string& why_none) {
  why_none = "built without CUDA: " GEMMARK_CUDA_WHY_NOT;
  return {};
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] { return DeviceFactory{"cuda", make_none}; }};

}  // namespace gemmark
