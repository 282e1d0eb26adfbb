// An oracle computes a problem in fp64, for verification. It is never timed and never ranked.
#pragma once

#include <functional>
#include <string>

#include "kernels/api/device.hpp"
#include "kernels/api/kernel.hpp"

namespace gemmark {

struct Oracle {
  std::string name{};     ///< filled in from the file's name
  std::string backend{};  ///< filled in from the file's name
  std::string device_kind = "host";
  std::string op = "gemm";
  int priority = 0;  ///< the highest that supports the problem is taken

  std::function<Support(const Problem&, const Device&)> supports{};
  /// out (fp64) = the product of the stored operands, alpha and beta left out (taken as 1 and 0).
  std::function<void(const Problem&, const Operands&, Device&)> run{};
};

}  // namespace gemmark
