// Which arithmetic a row ran on, in words that need no knowledge of backends.
#pragma once

#include <string_view>

#include "harness/record.hpp"

namespace gemmark {

/// `device` stands where only the library knows: a vendor's fp64 on a GPU may run on either.
enum class Engine : std::uint8_t { cpu, cuda_cores, tensor_cores, device };

Engine engine(const ResultRecord& row);
/// "CPU", "CUDA cores", "Tensor cores", "GPU".
std::string_view engine_name(Engine engine);

}  // namespace gemmark
