// Test data that is a function of (seed, index) alone, so that every device, thread count and layout gets the
// same numbers. The generator is SplitMix64's finaliser (Steele, Lea, Flood 2014) applied to a counter.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#ifdef __CUDACC__
#define GEMMARK_HOST_DEVICE __host__ __device__
#else
#define GEMMARK_HOST_DEVICE
#endif

namespace gemmark {

GEMMARK_HOST_DEVICE constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

GEMMARK_HOST_DEVICE constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) {
  return mix64(seed + 0x9e3779b97f4a7c15ull * (index + 1));
}

enum class Distribution : std::uint8_t {
  uniform,  ///< [-1, 1]; 8-bit integers -127 … 127
  normal,   ///< mean 0, deviation 1; 8-bit integers: deviation 40, clipped
  ints,     ///< integers of at most `magnitude`, a share `density` of them drawn, the rest 0
  zeros
};

struct Fill {
  Distribution distribution = Distribution::uniform;
  std::uint64_t seed = 0;
  int magnitude = 1;
  double density = 1;
};

/// log(x) for 0 < x ≤ 1 and cos(2π·turns) for 0 ≤ turns < 1, to a few ulp. Libraries differ in the last
/// digits of theirs; these are correctly rounded operations in a fixed order, and so the same on every
/// device.
GEMMARK_HOST_DEVICE inline double same_log(double x) {
  int exponent = 0;
  double m = frexp(x, &exponent);
  if (m < 0.7071067811865476) m *= 2, --exponent;
  // log m = 2·atanh(s), |s| ≤ 0.172.
  const double s = (m - 1) / (m + 1), z = s * s;
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = fma(sum, z, 1.0 / n);
  return fma(static_cast<double>(exponent), 0.6931471805599453, 2 * s * sum);
}
GEMMARK_HOST_DEVICE inline double same_cos_turns(double turns) {
  double y = fabs(turns - 0.5);  // cos(2πt) = −cos(2π(t − ½))
  const bool upper = y > 0.25;
  if (upper) y = 0.5 - y;
  const double x = 6.283185307179586 * y, w = x * x;
  double sum = 0;  // Σ (−w)ⁿ/(2n)!, from the inside
  for (int n = 20; n >= 2; n -= 2) sum = fma(-w / (n * (n - 1)), sum, -w / (n * (n - 1)));
  return upper ? 1 + sum : -(1 + sum);
}

std::optional<Distribution> distribution_named(std::string_view name);
std::string_view name(Distribution distribution);

/// Element `index` of a fill, before rounding to the element's type. `wide_int` for 8-bit integers.
GEMMARK_HOST_DEVICE inline double fill_value(const Fill& fill, std::uint64_t index, bool wide_int) {
  const std::uint64_t bits = random_bits(fill.seed, index);
  const double unit = static_cast<double>(bits >> 11) * 0x1p-53;  // [0, 1)
  switch (fill.distribution) {
    case Distribution::uniform:
      return wide_int ? static_cast<double>(static_cast<int>(unit * 255) - 127) : 2 * unit - 1;
    case Distribution::normal: {
      const double other = static_cast<double>(mix64(bits ^ 0x5851f42d4c957f2dull) >> 11) * 0x1p-53;
      const double value = sqrt(-2 * same_log(1 - unit)) * same_cos_turns(other);
      if (!wide_int) return value;
      const double scaled = rint(40 * value);
      return scaled > 127 ? 127 : scaled < -127 ? -127 : scaled;
    }
    case Distribution::ints: {
      if (unit >= fill.density) return 0;
      const std::uint64_t span = 2 * static_cast<std::uint64_t>(fill.magnitude) + 1;
      return static_cast<double>(mix64(bits) % span) - fill.magnitude;
    }
    case Distribution::zeros:
      break;
  }
  return 0;
}

}  // namespace gemmark
