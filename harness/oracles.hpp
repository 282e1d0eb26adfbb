// Choosing the oracle of a problem.
#pragma once

#include "kernels/api/registry.hpp"

namespace gemmark {

/// The highest-priority oracle that is here and supports the problem, or null.
inline const Oracle* find_oracle(Registry& registry, const Problem& problem, const Device& device) {
  for (const Oracle& oracle : registry.oracles())
    if (oracle.op == operation(problem) && oracle.device_kind == device.info().kind &&
        registry.status(oracle.backend).available && oracle.supports(problem, device))
      return &oracle;
  return nullptr;
}

}  // namespace gemmark
