#include "reports/engine.hpp"

#include <algorithm>
#include <array>

namespace gemmark {

Engine engine(const ResultRecord& row) {
  constexpr std::array<std::string_view, 3> tensor_backends{"wmma", "mma", "wgmma"};
  if (!row.device.starts_with("cuda")) return Engine::cpu;
  if (row.backend == "cuda") return Engine::cuda_cores;
  if (std::find(tensor_backends.begin(), tensor_backends.end(), row.backend) != tensor_backends.end())
    return Engine::tensor_cores;
  // Of libraries: fp32 has no other path, unless it is emulated, and every narrower precision has its own.
  if (row.precision == "fp64" || row.kernel.find("emulated") != std::string::npos) return Engine::device;
  return row.precision == "fp32" ? Engine::cuda_cores : Engine::tensor_cores;
}

std::string_view engine_name(Engine engine) {
  constexpr std::array<std::string_view, 4> names{"CPU", "CUDA cores", "Tensor cores", "GPU"};
  return names[static_cast<std::size_t>(engine)];
}

}  // namespace gemmark
