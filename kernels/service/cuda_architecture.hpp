// For which GPUs a build has machine code.
#pragma once

#include <sstream>
#include <string>

#include "kernels/api/support.hpp"
#include "kernels/service/cuda_check.hpp"

#ifndef GEMMARK_ARCHITECTURES  // the build tells every .cu file
#define GEMMARK_ARCHITECTURES ""
#endif

namespace gemmark {

/// Machine code runs on its own architecture and on later ones of the same major version; 90a on 9.0 alone.
/// `compiled`: architectures as nvcc names them, between blanks.
inline Support has_code_for(const Device& device, const std::string& compiled) {
  const int found = sm_version(device);
  std::istringstream names(compiled);
  for (std::string name; names >> name;) {
    const int sm = std::stoi(name);
    if (sm == found || (name.find('a') == std::string::npos && sm / 10 == found / 10 && sm <= found))
      return Support::yes();
  }
  return Support::no("this build has no code for sm_" + std::to_string(found) + ", but for " + compiled);
}

}  // namespace gemmark
