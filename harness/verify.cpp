#include "harness/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace gemmark {
namespace {

// Sampled bands: the first, the last and some in between, thick enough for an oracle to be efficient.
constexpr int sampled_bands = 6;
constexpr std::int64_t band_thickness = 8;
// Below so many operations the whole product costs no more than bands would.
constexpr double always_whole_flops = 2e7;

/// The largest integer up to which every integer is representable, in the accumulator and in the output.
double exact_limit(const Gemm& g) {
  const PrecisionInfo& types = info(g.in);
  const Dtype out = g.out.value_or(types.out);
  const int bits = info(out).mantissa_bits;
  double limit = is_integer(out) ? std::ldexp(1.0, bits) - 1 : std::ldexp(1.0, bits + 1);
  // A Tensor core's accumulator may carry 2 bits less than its type (u_acc of 2^-22 for fp32).
  if (types.accumulator_roundoff > 0) limit = std::min(limit, 1 / types.accumulator_roundoff);
  return limit;
}

int largest_operand_integer(Dtype dtype) {
  switch (dtype) {
    case Dtype::s8:
      return 127;
    case Dtype::s4:
    case Dtype::w4:
      return 7;
    case Dtype::e5m2:
      return 8;
    case Dtype::e4m3:
      return 16;
    default:
      return 64;
  }
}

/// The smallest number of fraction bits that represents both factors, or -1 beyond 8.
int fraction_bits(double alpha, double beta) {
  for (int bits = 0; bits <= 8; ++bits) {
    const double scale = std::ldexp(1.0, bits);
    if (alpha * scale == std::rint(alpha * scale) && beta * scale == std::rint(beta * scale)) return bits;
  }
  return -1;
}

bool nearly_equal(double low, double high) {
  const double size = std::max(std::abs(low), std::abs(high));
  return !(high - low > 1e-3 * std::min(size, std::numeric_limits<double>::max()));  // infinities differ
}

Shape block(const Shape& whole, std::int64_t batches, std::int64_t rows, std::int64_t cols) {
  Shape part = whole;
  part.extent[0] = batches, part.extent[1] = rows, part.extent[2] = cols;
  return part;
}

Tensor part_of(const Tensor& whole, std::int64_t batches, std::int64_t batch, std::int64_t row,
               std::int64_t rows, std::int64_t col, std::int64_t cols) {
  const std::int64_t offset = batch * whole.shape.stride[0] + row * whole.shape.stride[1] + col;
  return {block(whole.shape, batches, rows, cols), whole.data + storage_bytes(whole.shape.dtype, offset)};
}

}  // namespace

ExactData exact_data(const Gemm& g, std::uint64_t seed) {
  ExactData data;
  data.fill = {Distribution::ints, seed, 1, 1};
  data.scale_bits = fraction_bits(g.alpha, g.beta);
  if (data.scale_bits < 0) {
    data.why_not = "alpha or beta is no fraction of a power of two";
    return data;
  }
  if (data.scale_bits > 0 && is_integer(g.out.value_or(info(g.in).out))) {
    data.why_not = "an integer output rounds what alpha or beta make of it";
    return data;
  }
  // |alpha·p + beta·c0|·2^bits must stay exact, p being a sum of k products of integers up to `magnitude`.
  const double limit = exact_limit(g) / std::ldexp(1.0, data.scale_bits);
  const auto k = static_cast<double>(std::max<std::int64_t>(g.k, 1));
  const int largest = std::min(largest_operand_integer(info(g.in).a), largest_operand_integer(info(g.in).b));
  const double room = (limit - std::abs(g.beta) * largest) / std::max(std::abs(g.alpha), 0x1p-8);
  const double magnitude = std::floor(std::sqrt(std::max(room, 0.0) / k));
  if (magnitude >= 1) {
    data.fill.magnitude = static_cast<int>(std::min<double>(magnitude, largest));
    return data;
  }
  // No bound holds for certain: thin out until 8 standard deviations fit. An element of −1, 0, 1 in equal
  // parts has variance 2/3, a product of two that are drawn with probability d has (2d/3)².
  // A handful of products has no such deviation: at least 25 that are not zero, room being 8 of their roots.
  data.fill.density = 1.5 * room / (8 * std::sqrt(k));
  if (data.fill.density < 0.02 || room < 8 * 5)
    data.why_not = fmt::format("k={} leaves no integers that stay exact", g.k);
  data.fill.density = std::min(data.fill.density, 1.0);
  return data;
}

Verifier::Verifier(Device& device, Checker& checker, const Oracle& oracle, const Gemm& problem,
                   OperandSets& sets, double oracle_flops_per_s, double oracle_limit_s)
    : device_(device), checker_(checker), oracle_(oracle), problem_(problem), sets_(sets) {
  const double work = flops(problem);
  whole_affordable_ = work <= std::max(always_whole_flops, oracle_flops_per_s * oracle_limit_s);
}

bool Verifier::use_exact(std::uint64_t seed) {
  exact_data_ = exact_data(problem_, seed);
  if (!exact_data_.why_not.empty()) return false;
  exact_ = true;
  fills_.fill(exact_data_.fill);
  fills_[2].density = 1;
  fill_operands();
  compute_bands(flops(problem_) <= always_whole_flops);
  return true;
}

void Verifier::use_data(Distribution distribution, std::uint64_t seed) {
  exact_ = false;
  fills_.fill({distribution, seed});
  fill_operands();
  row_norm_ = problem_.ta ? checker_.col_norms(sets_[0].in[0]) : input_norms_[0];
  col_norm_ = problem_.tb ? input_norms_[1] : checker_.col_norms(sets_[0].in[1]);
  compute_bands(whole_affordable_);
  if (whole_affordable_) certify();
  unrounded_ = UnroundedSamples::of(problem_, fills_[0], fills_[1]);
}

std::optional<double> Verifier::relative_error(int set) const {
  if (!unrounded_) return std::nullopt;
  return unrounded_->relative_error(device_, sets_[set].out);
}

void Verifier::fill_operands() {
  for (std::size_t i = 0; i < fills_.size(); ++i) fills_[i].seed += i;
  fill_inputs();
  if (Tensor* old = sets_.old_out()) checker_.fill(*old, fills_[2]);
  input_norms_ = {checker_.row_norms(sets_[0].in[0]), checker_.row_norms(sets_[0].in[1])};
}

void Verifier::fill_inputs() {
  checker_.fill(sets_[0].in[0], fills_[0]);
  checker_.fill(sets_[0].in[1], fills_[1]);
}

void Verifier::repair(int set) {
  sets_.pattern(set);
  if (set == 0)
    fill_inputs();
  else
    sets_.copy_inputs(set);
}

Gemm Verifier::band_problem(const Band& band) const {
  Gemm part = problem_;
  part.alpha = 1, part.beta = 0;
  part.m = band.rows, part.n = band.cols;
  if (!band.all_batches) part.batch = 1;
  part.lda_given = problem_.lda(), part.ldb_given = problem_.ldb(), part.ldc_given = band.cols;
  return part;
}

Operands Verifier::band_operands(const Band& band, const Operands& set) const {
  const std::int64_t batches = band.all_batches ? problem_.batch : 1;
  Operands part;
  part.in[0] = problem_.ta ? part_of(set.in[0], batches, band.batch, 0, problem_.k, band.row, band.rows)
                           : part_of(set.in[0], batches, band.batch, band.row, band.rows, 0, problem_.k);
  part.in[1] = problem_.tb ? part_of(set.in[1], batches, band.batch, band.col, band.cols, 0, problem_.k)
                           : part_of(set.in[1], batches, band.batch, 0, problem_.k, band.col, band.cols);
  part.out = band.product;
  return part;
}

void Verifier::compute_bands(bool whole) {
  bands_.clear();
  const auto add = [&](Band band) {
    const std::int64_t batches = band.all_batches ? problem_.batch : 1;
    const Shape shape = Shape::rows(Dtype::f64, {batches, band.rows, band.cols}, band.cols);
    band.memory = device_.allocate(shape.span_bytes());
    band.product = {shape, band.memory->data()};
    checker_.poison(band.product);
    oracle_.run(band_problem(band), band_operands(band, sets_[0]), device_);
    bands_.push_back(std::move(band));
  };
  const std::int64_t m = problem_.m, n = problem_.n;
  if (whole) return add({0, 0, m, 0, n, true, nullptr, {}});
  const std::int64_t rows = std::min(m, band_thickness), cols = std::min(n, band_thickness);
  for (int i = 0; i < sampled_bands; ++i) {
    // Evenly spread, first and last included, the inner ones off any tile's edge.
    const auto place = [&](std::int64_t extent, std::int64_t thickness) {
      const std::int64_t last = extent - thickness;
      const std::int64_t even = last * i / (sampled_bands - 1);
      return i == 0 || i == sampled_bands - 1 ? even : std::min(last, even + 3);
    };
    const std::int64_t batch = (problem_.batch - 1) * i / (sampled_bands - 1);
    add({batch, place(m, rows), rows, 0, n, false, nullptr, {}});
    add({batch, 0, m, place(n, cols), cols, false, nullptr, {}});
  }
}

void Verifier::certify() {
  const Operands operands = band_operands(bands_.front(), sets_[0]);
  const double residual = checker_.freivalds(band_problem(bands_.front()), operands, 0x6f7261636c65);
  if (!(residual <= 1))
    throw std::runtime_error(fmt::format(
        "the oracle {} fails its own certification on {}: Freivalds' residual is {:.3g} times its bound",
        oracle_.name, to_text(problem_), residual));
}

// Norms of rows, not the data itself: a kernel that writes to its inputs does not keep every one of them.
bool Verifier::inputs_unchanged(int set) {
  return checker_.row_norms(sets_[set].in[0]) == input_norms_[0] &&
         checker_.row_norms(sets_[set].in[1]) == input_norms_[1];
}

void Verifier::reset_out(int set) {
  if (sets_.old_out() != nullptr)
    sets_.restore_out(set);
  else
    checker_.poison(sets_[set].out);
}

Deviation Verifier::deviation(int set, const ErrorRule& rule) {
  Deviation worst;
  for (const Band& band : bands_) {
    const auto view = [&](const Tensor& whole) {
      return part_of(whole, band.all_batches ? problem_.batch : 1, band.batch, band.row, band.rows, band.col,
                     band.cols);
    };
    ErrorRule part = rule;
    if (part.row_norm != nullptr) part.row_norm += band.batch * problem_.m + band.row;
    if (part.col_norm != nullptr) part.col_norm += band.batch * problem_.n + band.col;
    const Tensor got = view(sets_[set].out);
    const Tensor old = sets_.old_out() != nullptr ? view(*sets_.old_out()) : Tensor{};
    Deviation found =
        checker_.deviation(got, band.product, sets_.old_out() != nullptr ? &old : nullptr, part);
    if (found.worst_row >= 0) found.worst_row += band.batch * problem_.m + band.row;
    if (found.worst_col >= 0) found.worst_col += band.col;
    keep_worst(worst, found);
  }
  return worst;
}

std::string Verifier::repaired_damage(int set) {
  std::string damage = sets_.damage(set);
  if (damage.empty() && !inputs_unchanged(set)) damage = "it changed its inputs";
  if (!damage.empty()) repair(set);  // the next kernel shall not be blamed
  return damage;
}

Verdict Verifier::judge(int set) {
  if (const std::string damage = repaired_damage(set); !damage.empty())
    return {Status::failed, damage, {}, {}};
  return exact_ ? judge_exact(set) : judge_data(set);
}

Verdict Verifier::judge_exact(int set) {
  exact_done_ = true;
  ErrorRule rule;
  rule.alpha = problem_.alpha, rule.beta = problem_.beta;
  const Deviation found = deviation(set, rule);
  if (found.unequal > 0)
    return {Status::wrong,
            fmt::format("exact pass: {} of {} compared elements differ; row {}, column {} is {} and should "
                        "be {}",
                        found.unequal, found.elements, found.worst_row, found.worst_col, found.worst_got,
                        found.worst_want),
            found.worst_error, 0.0};
  const std::int64_t rows = checker_.freivalds_exact(problem_, sets_[set], sets_.old_out(),
                                                     exact_data_.scale_bits, exact_data_.fill.seed + 17);
  if (rows > 0)
    return {
        Status::wrong, fmt::format("exact pass: Freivalds' test leaves a residual in {} rows", rows), {}, {}};
  return {};
}

Verdict Verifier::judge_data(int set) {
  data_done_ = true;
  const PrecisionInfo& types = info(problem_.in);
  ErrorRule rule;
  rule.u_acc = types.accumulator_roundoff;
  rule.u_in = types.operand_roundoff;
  const Dtype out = problem_.out.value_or(types.out);
  rule.u_out = info(out).unit_roundoff;
  rule.absolute = subnormal_roundoff(out);
  rule.largest = largest(out);
  if (is_integer(out)) rule.overflow = rule.largest;
  if (is_integer(out) && exact_data(problem_, 0).scale_bits != 0) {
    rule.absolute = 0.5;   // to the nearest integer
    rule.u_out = 0x1p-22;  // after scaling in fp32
  }
  rule.k = static_cast<double>(problem_.k);
  rule.alpha = problem_.alpha, rule.beta = problem_.beta;
  rule.row_norm = row_norm_.data(), rule.col_norm = col_norm_.data();
  const Deviation found = deviation(set, rule);
  Verdict verdict{Status::ok, {}, found.worst_error, found.worst_bound};
  if (!(found.beyond <= 0)) {
    verdict.status = Status::wrong;
    verdict.why = fmt::format(
        "{} of {} compared elements are beyond their bound; row {}, column {} is {} and should be {} ± "
        "{:.3g}",
        found.beyond, found.elements, found.worst_row, found.worst_col, found.worst_got, found.worst_want,
        found.worst_bound);
  } else if (found.elements >= 16 && nearly_equal(found.lowest, found.highest)) {
    verdict.status = Status::mistrusted;
    verdict.why = fmt::format("every output lies between {} and {}: such data can run faster than real data",
                              found.lowest, found.highest);
  }
  return verdict;
}

std::string Verifier::passes() const {
  std::string done = exact_done_ ? "exact" : "";
  if (data_done_) {
    if (!done.empty()) done += '+';
    done += whole_affordable_ ? "statistical" : "sampled";
  }
  return done;
}

}  // namespace gemmark
