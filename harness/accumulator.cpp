#include "harness/accumulator.hpp"

#include <array>
#include <cmath>

#include "kernels/api/stored.hpp"

namespace gemmark {
namespace {

constexpr std::int64_t addends = 64;  // a power of two, which every type can hold

/// Of an addend, its place along k; the large values are first and last.
std::int64_t place(std::int64_t addend, std::int64_t k) { return 1 + addend * (k - 2) / addends; }

std::vector<double> along_k(std::int64_t k, double first, double small, double last) {
  std::vector<double> values(static_cast<std::size_t>(k));
  for (std::int64_t i = 0; i < addends; ++i) values[static_cast<std::size_t>(place(i, k))] = small;
  values.front() = first;
  values.back() = last;
  return values;
}

/// Writes lines of a stored matrix (leading dimension `leading`) so that line i of `lines`, a row of it or,
/// `across`, a column, holds those values.
void write_lines(Device& device, const Tensor& to, std::int64_t leading,
                 const std::vector<std::vector<double>>& lines, bool across) {
  const Dtype dtype = to.shape.dtype;
  const auto count = static_cast<std::int64_t>(lines.size());
  const auto length = static_cast<std::int64_t>(lines.front().size());
  const std::int64_t runs = across ? length : count, run = across ? count : length;
  std::vector<std::byte> bytes(static_cast<std::size_t>(storage_bytes(dtype, run)));
  for (std::int64_t r = 0; r < runs; ++r) {
    for (std::int64_t i = 0; i < run; ++i) {
      const double value = across ? lines[static_cast<std::size_t>(i)][static_cast<std::size_t>(r)]
                                  : lines[static_cast<std::size_t>(r)][static_cast<std::size_t>(i)];
      store_value(dtype, bytes.data() + storage_bytes(dtype, i), value);
    }
    device.write(to.data + storage_bytes(dtype, r * leading), bytes.data(), std::ssize(bytes));
  }
}

}  // namespace

std::optional<AccumulatorProbe> AccumulatorProbe::of(const Gemm& g) {
  const PrecisionInfo& types = info(g.in);
  if (is_integer(types.a) || is_integer(types.b) || g.alpha != 1 || g.beta != 0 || g.const_b) return {};
  AccumulatorProbe probe(g);
  if (types.a == Dtype::e4m3) {  // normal from 2^-6 to 2^8: the large values of B lend range
    probe.b_small_ = -2, probe.b_large_ = 8, probe.a_small_ = -6, probe.a_first_ = -6;
    probe.rows_ = 15;
  } else if (types.a == Dtype::f16 || types.a == Dtype::e5m2) {  // normal from 2^-14 to 2^15
    probe.a_small_ = -14, probe.a_first_ = -13;
    probe.rows_ = 29;
  } else {
    probe.a_first_ = 1;
    probe.rows_ = types.a == Dtype::f64 ? 60 : 40;
  }
  if (g.m < probe.rows_ || g.n < 1 || g.k < addends + 2) return {};
  return probe;
}

void AccumulatorProbe::load(Device& device, const Operands& set) const {
  const Gemm& g = problem_;
  std::vector<std::vector<double>> rows;
  for (int row = 0; row < rows_; ++row) {
    const double large = std::ldexp(1.0, a_first_ + row);
    rows.push_back(along_k(g.k, large, std::ldexp(1.0, a_small_), -large));
  }
  const double large = std::ldexp(1.0, b_large_);
  write_lines(device, set.in[0], g.lda(), rows, g.ta);
  write_lines(device, set.in[1], g.ldb(), {along_k(g.k, large, std::ldexp(1.0, b_small_), large)}, !g.tb);
}

std::optional<int> AccumulatorProbe::bits(Device& device, const Tensor& out) const {
  const Dtype dtype = out.shape.dtype;
  const double want = std::ldexp(static_cast<double>(addends), a_small_ + b_small_);
  std::optional<int> found;
  for (int row = 0; row < rows_; ++row) {
    std::array<std::byte, sizeof(double)> element{};
    device.read(element.data(), out.data + storage_bytes(dtype, row * problem_.ldc()),
                storage_bytes(dtype, 1));
    if (load_value(dtype, element.data()) != want) break;
    const int p = a_first_ + row + b_large_ - a_small_ - b_small_;
    found = p + 1;
  }
  return found;
}

}  // namespace gemmark
