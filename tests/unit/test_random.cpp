// Test data are what they are called, and the mathematics behind them is right.
#include <cmath>

#include "kernels/api/random.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

TEST_CASE("logarithm and cosine agree with the library's") {
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const double unit = static_cast<double>(random_bits(3, i) >> 11) * 0x1p-53;
    REQUIRE(std::abs(same_log(1 - unit) - std::log(1 - unit)) <= 1e-15 * (1 + std::abs(std::log(1 - unit))));
    REQUIRE(std::abs(same_cos_turns(unit) - std::cos(2 * M_PI * unit)) <= 2e-15);
  }
  CHECK(same_log(1) == 0);
  CHECK(same_log(0x1p-53) == Approx(-53 * std::log(2.0)).epsilon(1e-15));
  CHECK(same_cos_turns(0) == Approx(1));
  CHECK(same_cos_turns(0.5) == -1);
}

TEST_CASE("normal data have mean 0, deviation 1 and a normal's tails") {
  constexpr int count = 200000;
  double sum = 0, squares = 0, fourths = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double value = fill_value({.distribution = Distribution::normal, .seed = 11}, i, false);
    sum += value, squares += value * value, fourths += value * value * value * value;
  }
  CHECK(std::abs(sum / count) < 0.01);
  CHECK(squares / count == Approx(1).margin(0.02));
  CHECK(fourths / count == Approx(3).margin(0.1));
}
