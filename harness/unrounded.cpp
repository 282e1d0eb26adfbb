#include "harness/unrounded.hpp"

#include <array>
#include <cmath>

#include "kernels/api/stored.hpp"

namespace gemmark {
namespace {

constexpr int sample_count = 64;
// fill_value() spreads 8-bit integers over 255 equal steps of [-1, 1].
constexpr double int8_scale = 127.5;

double unrounded(const Fill& fill, Dtype dtype, std::int64_t index) {
  return fill_value(fill, static_cast<std::uint64_t>(index), false) * (dtype == Dtype::s8 ? int8_scale : 1);
}

}  // namespace

std::optional<UnroundedSamples> UnroundedSamples::of(const Gemm& g, const Fill& a, const Fill& b) {
  const bool narrow = info(info(g.in).a).bits < 8 || info(info(g.in).b).bits < 8;
  const bool scaled_weights = g.in == Precision::w4a16 || g.in == Precision::w8a16;
  if (a.distribution != Distribution::uniform || g.beta != 0 || narrow || scaled_weights) return std::nullopt;
  if (g.m == 0 || g.n == 0 || g.batch == 0) return std::nullopt;
  UnroundedSamples found;
  for (std::uint64_t i = 0; i < sample_count; ++i) {
    const auto pick = [&](std::uint64_t axis, std::int64_t extent) {
      return static_cast<std::int64_t>(random_bits(axis, i) % static_cast<std::uint64_t>(extent));
    };
    Sample sample{pick(0, g.batch), pick(1, g.m), pick(2, g.n), 0};
    for (std::int64_t p = 0; p < g.k; ++p) {
      const std::int64_t at_a =
          sample.batch * g.m * g.k + (g.ta ? p * g.m + sample.row : sample.row * g.k + p);
      const std::int64_t at_b =
          sample.batch * g.k * g.n + (g.tb ? sample.col * g.k + p : p * g.n + sample.col);
      sample.product += unrounded(a, info(g.in).a, at_a) * unrounded(b, info(g.in).b, at_b);
    }
    sample.product *= g.alpha;
    found.samples_.push_back(sample);
  }
  return found;
}

double UnroundedSamples::relative_error(Device& device, const Tensor& got) const {
  double errors = 0, products = 0;
  for (const Sample& sample : samples_) {
    const std::int64_t index =
        sample.batch * got.shape.stride[0] + sample.row * got.shape.stride[1] + sample.col;
    std::array<std::byte, sizeof(double)> element{};
    device.read(element.data(), got.data + storage_bytes(got.shape.dtype, index),
                storage_bytes(got.shape.dtype, 1));
    const double error = load_value(got.shape.dtype, element.data()) - sample.product;
    errors += error * error;
    products += sample.product * sample.product;
  }
  return std::sqrt(errors / products);
}

}  // namespace gemmark
