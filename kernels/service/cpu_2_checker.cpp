// Verification's work over whole matrices on the host: all of it O(m·n), on every processor.
#include <omp.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "kernels/api/registry.hpp"
#include "kernels/service/element.hpp"

namespace gemmark {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tiny = 1e-300;

/// The matrix as rows over all batches: row `r` starts at row(r).
template <class E>
struct Rows {
  explicit Rows(const Tensor& tensor)
      : shape(tensor.shape),
        data(tensor.as<typename E::Stored>()),
        count(shape.row_count()),
        length(shape.row_length()) {}
  typename E::Stored* row(std::int64_t index) const { return data + shape.row_offset(index); }

  Shape shape;
  typename E::Stored* data;
  std::int64_t count, length;
};

template <class E>
Deviation row_deviation(std::int64_t row, const typename E::Stored* got, const double* product,
                        const typename E::Stored* old, std::int64_t cols, const ErrorRule& rule,
                        const double* col_norm) {
  Deviation found;
  found.elements = cols;
  const ErrorBound bound_of(rule);
  const double row_norm = rule.row_norm ? rule.row_norm[row] : 0;
  for (std::int64_t j = 0; j < cols; ++j) {
    const double value = E::load(got[j]);
    const double added = old != nullptr ? rule.beta * E::load(old[j]) : 0;
    const double want = rule.alpha * product[j] + added;
    const double bound = bound_of(row_norm * (col_norm ? col_norm[j] : 0), want, added);
    const double error = bound_of.error(value, want, bound);
    found.unequal += !(value == want || value == E::load(E::store(want)));
    found.beyond += !(error <= bound);
    found.lowest = std::min(found.lowest, value);
    found.highest = std::max(found.highest, value);
    // error / bound <= worst, without dividing for every element; a bound may be 0.
    if (found.worst_col >= 0 && error * (found.worst_bound + tiny) <= found.worst_error * (bound + tiny))
      continue;
    found.worst_row = row, found.worst_col = j;
    found.worst_error = error, found.worst_bound = bound;
    found.worst_got = value, found.worst_want = want;
    if (!(error <= bound) && std::isnan(error)) break;
  }
  const double ratio = found.worst_error == 0 ? 0 : found.worst_error / found.worst_bound;
  found.worst_ratio = std::isnan(ratio) ? infinity : ratio;
  return found;
}

/// y (one a row of op(M)) = op(M)·x, in the arithmetic of T. Row i of op(M) is a stored row, or a column.
template <class E, class T, class Load>
void times_vector(const Tensor& matrix, std::int64_t batch, bool transposed, const T* x, T* y, Load load) {
  const Shape& shape = matrix.shape;
  const std::int64_t rows = shape.extent[1], cols = shape.extent[2];
  const auto* base = matrix.as<typename E::Stored>() + batch * shape.stride[0];
  if (!transposed) {
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto* row = base + i * shape.stride[1];
      T sum = 0;
      for (std::int64_t j = 0; j < cols; ++j) sum += load(row[j]) * x[j];
      y[i] = sum;
    }
    return;
  }
  std::fill(y, y + cols, T{});
#pragma omp parallel
  {
    std::vector<T> partial(static_cast<std::size_t>(cols));
#pragma omp for schedule(static) nowait
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto* row = base + i * shape.stride[1];
      for (std::int64_t j = 0; j < cols; ++j) partial[static_cast<std::size_t>(j)] += load(row[j]) * x[i];
    }
#pragma omp critical
    for (std::int64_t j = 0; j < cols; ++j) y[j] += partial[static_cast<std::size_t>(j)];
  }
}

template <class T, class Load>
void times_vector(const Tensor& matrix, std::int64_t batch, bool transposed, const T* x, T* y, Load load) {
  with_element(matrix.shape.dtype, [&]<class E>(E) {
    times_vector<E>(matrix, batch, transposed, x, y, [&](const auto& s) { return load(E::load(s)); });
  });
}

class HostChecker final : public Checker {
 public:
  void fill(const Tensor& tensor, const Fill& fill) override {
    with_element(tensor.shape.dtype, [&]<class E>(E) {
      const Rows<E> rows(tensor);
      const bool wide_int = is_integer(tensor.shape.dtype);
#pragma omp parallel for schedule(static)
      for (std::int64_t r = 0; r < rows.count; ++r) {
        auto* row = rows.row(r);
        const auto first = static_cast<std::uint64_t>(r * rows.length);
        for (std::int64_t j = 0; j < rows.length; ++j)
          row[j] = E::store(fill_value(fill, first + static_cast<std::uint64_t>(j), wide_int));
      }
    });
  }

  void poison(const Tensor& tensor) override {
    with_element(tensor.shape.dtype, [&]<class E>(E) {
      const Rows<E> rows(tensor);
      for (std::int64_t r = 0; r < rows.count; ++r) std::fill_n(rows.row(r), rows.length, E::poison());
    });
  }

  std::vector<double> row_norms(const Tensor& matrix) override {
    std::vector<double> norms(static_cast<std::size_t>(matrix.shape.row_count()));
    with_element(matrix.shape.dtype, [&]<class E>(E) {
      const Rows<E> rows(matrix);
#pragma omp parallel for schedule(static)
      for (std::int64_t r = 0; r < rows.count; ++r) {
        const auto* row = rows.row(r);
        double sum = 0;
        for (std::int64_t j = 0; j < rows.length; ++j) sum += E::load(row[j]) * E::load(row[j]);
        norms[static_cast<std::size_t>(r)] = std::sqrt(sum);
      }
    });
    return norms;
  }

  std::vector<double> col_norms(const Tensor& matrix) override {
    const Shape& shape = matrix.shape;
    const std::int64_t batches = shape.extent[0], cols = shape.extent[2];
    std::vector<double> norms(static_cast<std::size_t>(batches * cols));
    with_element(shape.dtype, [&]<class E>(E) {
      const Rows<E> rows(matrix);
#pragma omp parallel for schedule(static)
      for (std::int64_t b = 0; b < batches; ++b) {
        double* sums = norms.data() + b * cols;
        for (std::int64_t i = 0; i < shape.extent[1]; ++i) {
          const auto* row = rows.row(b * shape.extent[1] + i);
          for (std::int64_t j = 0; j < cols; ++j) sums[j] += E::load(row[j]) * E::load(row[j]);
        }
        for (std::int64_t j = 0; j < cols; ++j) sums[j] = std::sqrt(sums[j]);
      }
    });
    return norms;
  }

  Deviation deviation(const Tensor& got, const Tensor& product, const Tensor* old,
                      const ErrorRule& rule) override {
    Deviation total;
    with_element(got.shape.dtype, [&]<class E>(E) {
      const Rows<E> rows(got);
      const std::int64_t rows_a_batch = std::max<std::int64_t>(got.shape.extent[1], 1);
#pragma omp parallel
      {
        Deviation mine;
#pragma omp for schedule(static) nowait
        for (std::int64_t r = 0; r < rows.count; ++r)
          keep_worst(mine, row_deviation<E>(
                               r, rows.row(r), product.as<double>() + product.shape.row_offset(r),
                               old != nullptr ? Rows<E>(*old).row(r) : nullptr, rows.length, rule,
                               rule.col_norm ? rule.col_norm + r / rows_a_batch * rows.length : nullptr));
#pragma omp critical
        keep_worst(total, mine);
      }
    });
    return total;
  }

  std::int64_t freivalds_exact(const Gemm& g, const Operands& operands, const Tensor* old, int scale_bits,
                               std::uint64_t seed) override {
    using U = std::uint64_t;
    const double scale = std::ldexp(1.0, scale_bits);
    bool integral = true;
    // Integers as residues modulo 2^64; whatever is no integer of moderate size is caught and counted.
    const auto whole = [](double v) { return static_cast<U>(static_cast<std::int64_t>(v)); };
    const auto scaled = [&](double v) {
      const double s = v * scale;
      if (!(std::abs(s) <= 0x1p53) || s != std::rint(s)) {
#pragma omp atomic write
        integral = false;
        return U{0};
      }
      return whole(s);
    };
    const U alpha = whole(g.alpha * scale), beta = whole(g.beta * scale);
    std::vector<U> x(static_cast<std::size_t>(g.n)), bx(static_cast<std::size_t>(g.k)),
        abx(static_cast<std::size_t>(g.m)), cx(abx.size()), oldx(abx.size());
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = random_bits(seed, j);
    std::int64_t bad = 0;
    for (std::int64_t b = 0; b < g.batch; ++b) {
      times_vector(operands.in[1], b, g.tb, x.data(), bx.data(), whole);
      times_vector(operands.in[0], b, g.ta, bx.data(), abx.data(), whole);
      times_vector(operands.out, b, false, x.data(), cx.data(), scaled);
      if (old != nullptr) times_vector(*old, b, false, x.data(), oldx.data(), whole);
      for (std::size_t i = 0; i < cx.size(); ++i) bad += cx[i] != alpha * abx[i] + beta * oldx[i];
    }
    return integral ? bad : g.m * g.batch;
  }

  double freivalds(const Gemm& g, const Operands& operands, std::uint64_t seed) override {
    std::vector<double> x(static_cast<std::size_t>(g.n)), bx(static_cast<std::size_t>(g.k)),
        abx(static_cast<std::size_t>(g.m)), cx(abx.size());
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = random_bits(seed, j) & 1 ? 1.0 : -1.0;
    const auto plain = [](double v) { return v; };
    const std::vector<double> row_norm = g.ta ? col_norms(operands.in[0]) : row_norms(operands.in[0]);
    const std::vector<double> b_norm = row_norms(operands.in[1]);
    const std::size_t b_rows = b_norm.size() / static_cast<std::size_t>(g.batch);
    double worst = 0;
    for (std::int64_t b = 0; b < g.batch; ++b) {
      times_vector(operands.in[1], b, g.tb, x.data(), bx.data(), plain);
      times_vector(operands.in[0], b, g.ta, bx.data(), abx.data(), plain);
      times_vector(operands.out, b, false, x.data(), cx.data(), plain);
      const auto batch = static_cast<std::size_t>(b), rows = static_cast<std::size_t>(g.m);
      worst = worst_residual(worst, g, cx, abx, std::span(row_norm).subspan(batch * rows, rows),
                             std::span(b_norm).subspan(batch * b_rows, b_rows));
    }
    return worst;
  }
};

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return CheckerFactory{"host", [](Device&) { return std::make_unique<HostChecker>(); }};
    }};

}  // namespace gemmark
