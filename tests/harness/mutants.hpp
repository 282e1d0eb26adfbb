// Kernels that are wrong the way real ones are, for every device whose verification must catch them.
#pragma once

#include <string>
#include <vector>

#include "tests/harness/fakes.hpp"

namespace gemmark::testing {

/// Some are only wrong on some problems: transposed operands, a width that is no multiple of a tile, beta.
struct Mutant {
  std::string name;
  std::string problem;
  Compute compute;
};

/// Made anew at every call: some remember what they did.
std::vector<Mutant> mutants();

/// A tf32 product: operands without their last 13 bits, truncated or rounded to nearest, summed in fp64.
Compute tf32_product(bool truncated);

}  // namespace gemmark::testing
