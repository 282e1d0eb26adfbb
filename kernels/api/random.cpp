#include "kernels/api/random.hpp"

#include <array>

namespace gemmark {
namespace {
constexpr std::array<std::string_view, 4> names{"uniform", "normal", "ints", "zeros"};
}

std::optional<Distribution> distribution_named(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Distribution>(i);
  return std::nullopt;
}
std::string_view name(Distribution distribution) { return names[static_cast<std::size_t>(distribution)]; }

}  // namespace gemmark
