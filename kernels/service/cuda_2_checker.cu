// Verification's work over whole matrices where they lie, on the GPU: O(m·n), bound by memory bandwidth.
//
// Every pass is one of three shapes: an element a thread (fill, poison), a row a block (norms, products with
// a vector, deviations), a column a thread with rows shared out over blocks (the same, transposed).
#include <math_constants.h>

#include <algorithm>
#include <cmath>

#include "kernels/api/registry.hpp"
#include "kernels/service/cuda_check.hpp"
#include "kernels/service/cuda_element.cuh"

namespace gemmark {
namespace {

using cuda::with_cuda_element;
constexpr int threads = 256;

/// The rows of a tensor over all its outer dimensions.
template <class T>
struct Rows {
  explicit Rows(const Tensor& tensor)
      : data(tensor.as<T>()),
        count(tensor.shape.row_count()),
        length(tensor.shape.row_length()),
        rank(tensor.shape.rank) {
    for (int i = 0; i < rank; ++i) extent[i] = tensor.shape.extent[i], stride[i] = tensor.shape.stride[i];
  }
  __device__ T* row(std::int64_t index) const {
    std::int64_t offset = 0;
    for (int i = rank - 2; i >= 0; --i) {
      offset += index % extent[i] * stride[i];
      index /= extent[i];
    }
    return data + offset;
  }

  T* data;
  std::int64_t count, length;
  int rank;
  std::int64_t extent[Shape::max_rank], stride[Shape::max_rank];
};

/// One matrix of a batch, walked along its rows (transposed: along its columns).
template <class E>
struct Matrix {
  Matrix(const Tensor& tensor, std::int64_t batch)
      : data(cuda::Reading<E>::from(tensor) + batch * tensor.shape.stride[0]),
        rows(tensor.shape.extent[1]),
        cols(tensor.shape.extent[2]),
        leading(tensor.shape.stride[1]) {}
  typename cuda::Reading<E>::Pointer data;
  std::int64_t rows, cols, leading;
};

int blocks_for(std::int64_t work) { return static_cast<int>(std::clamp<std::int64_t>(work, 1, 65535)); }

template <class E>
__global__ void fill_rows(Rows<typename E::Stored> rows, Fill fill, bool wide_int) {
  for (std::int64_t r = blockIdx.x; r < rows.count; r += gridDim.x) {
    auto* row = rows.row(r);
    for (std::int64_t j = threadIdx.x; j < rows.length; j += threads)
      row[j] = E::store(fill_value(fill, static_cast<std::uint64_t>(r * rows.length + j), wide_int));
  }
}

/// A byte a thread; what lies beyond a row's last element is left alone.
template <Dtype dtype>
__global__ void fill_packed_rows(Rows<std::byte> rows, Fill fill) {
  for (std::int64_t r = blockIdx.x; r < rows.count; r += gridDim.x) {
    std::int64_t offset = 0, index = r;
    for (int i = rows.rank - 2; i >= 0; --i) {
      offset += index % rows.extent[i] * rows.stride[i];
      index /= rows.extent[i];
    }
    std::byte* row = rows.data + packed4::byte_of<dtype>(offset);
    const std::int64_t groups = (rows.length + W4::group - 1) / W4::group;
    for (std::int64_t j = threadIdx.x * 2; j < rows.length; j += threads * 2) {
      const double scale =
          dtype == Dtype::w4
              ? packed4::fill_scale(fill, static_cast<std::uint64_t>(r * groups + j / W4::group))
              : 1;
      const auto half = [&](std::int64_t at) {
        const double value = fill_value(fill, static_cast<std::uint64_t>(r * rows.length + at), false);
        return packed4::encode<dtype>(packed4::quantised<dtype>(fill, value, scale));
      };
      std::byte& byte = row[packed4::byte_of<dtype>(j)];
      const auto upper = j + 1 < rows.length ? half(j + 1) << 4 : static_cast<int>(byte) & 0xf0;
      byte = static_cast<std::byte>(half(j) | upper);
      if (dtype == Dtype::w4 && j % W4::group == 0)
        *reinterpret_cast<__half*>(row + packed4::scale_byte_of(j)) = __double2half(scale);
    }
  }
}

template <class E>
__global__ void poison_rows(Rows<typename E::Stored> rows) {
  for (std::int64_t r = blockIdx.x; r < rows.count; r += gridDim.x) {
    auto* row = rows.row(r);
    for (std::int64_t j = threadIdx.x; j < rows.length; j += threads) row[j] = E::poison();
  }
}

__device__ double plus(double a, double b) { return a + b; }
__device__ unsigned long long plus(unsigned long long a, unsigned long long b) { return a + b; }

/// The sum over the block, in thread 0.
template <class T>
__device__ T block_sum(T value) {
  __shared__ T partial[threads / 32];
  for (int step = 16; step > 0; step /= 2) value = plus(value, __shfl_down_sync(~0u, value, step));
  __syncthreads();
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x == 0)
    for (int i = 1; i < threads / 32; ++i) value = plus(value, partial[i]);
  return value;
}

// What a sum over a row or column takes of each element: square, times a vector in fp64, times a vector
// modulo 2^64.
struct Square {
  using Sum = double;
  __device__ Sum operator()(double v, std::int64_t) const { return v * v; }
};
struct Times {
  using Sum = double;
  const double* x;
  __device__ Sum operator()(double v, std::int64_t i) const { return v * x[i]; }
};
struct TimesModular {
  using Sum = unsigned long long;
  const Sum* x;
  double scale;
  int* not_whole;
  __device__ Sum operator()(double v, std::int64_t i) const {
    const double scaled = v * scale;
    if (fabs(scaled) <= 0x1p53 && scaled == rint(scaled))
      return static_cast<Sum>(static_cast<long long>(scaled)) * x[i];
    *not_whole = 1;
    return 0;
  }
};

template <class E, class Term>
__global__ void sum_rows(Matrix<E> matrix, Term term, typename Term::Sum* sums) {
  for (std::int64_t r = blockIdx.x; r < matrix.rows; r += gridDim.x) {
    const auto row = matrix.data + r * matrix.leading;
    typename Term::Sum sum = 0;
    for (std::int64_t j = threadIdx.x; j < matrix.cols; j += threads) sum += term(E::load(row[j]), j);
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[r] = sum;
  }
}

/// `sums` must be zero.
template <class E, class Term>
__global__ void sum_cols(Matrix<E> matrix, Term term, typename Term::Sum* sums) {
  const std::int64_t column = blockIdx.x * std::int64_t{threads} + threadIdx.x;
  if (column >= matrix.cols) return;
  typename Term::Sum sum = 0;
  for (std::int64_t i = blockIdx.y; i < matrix.rows; i += gridDim.y)
    sum += term(E::load(matrix.data[i * matrix.leading + column]), i);
  atomicAdd(&sums[column], sum);
}

/// `norms` are on the device; found[] gets one Deviation a block.
template <class E>
__global__ void deviations(Rows<typename E::Stored> got, Rows<double> product, Rows<typename E::Stored> old,
                           bool has_old, ErrorRule rule, std::int64_t rows_a_batch, Deviation* found) {
  Deviation mine;
  const ErrorBound bound_of(rule);
  for (std::int64_t r = blockIdx.x; r < got.count; r += gridDim.x) {
    const auto* values = got.row(r);
    const double* products = product.row(r);
    const auto* olds = has_old ? old.row(r) : nullptr;
    const double row_norm = rule.row_norm ? rule.row_norm[r] : 0;
    const double* col_norm = rule.col_norm ? rule.col_norm + r / rows_a_batch * got.length : nullptr;
    for (std::int64_t j = threadIdx.x; j < got.length; j += threads) {
      const double value = E::load(values[j]);
      const double added = has_old ? rule.beta * E::load(olds[j]) : 0;
      const double want = rule.alpha * products[j] + added;
      const double bound = bound_of(row_norm * (col_norm ? col_norm[j] : 0), want, added);
      const double error = bound_of.error(value, want, bound);
      ++mine.elements;
      mine.unequal += !(value == want || value == E::load(E::store(want)));
      mine.beyond += !(error <= bound);
      mine.lowest = fmin(mine.lowest, value);
      mine.highest = fmax(mine.highest, value);
      const double ratio = error == 0 ? 0 : isnan(error) ? CUDART_INF : error / bound;
      if (mine.worst_row >= 0 && ratio <= mine.worst_ratio) continue;
      mine.worst_error = error, mine.worst_bound = bound, mine.worst_ratio = ratio;
      mine.worst_row = r, mine.worst_col = j, mine.worst_got = value, mine.worst_want = want;
    }
  }
  __shared__ __align__(alignof(Deviation)) unsigned char storage[threads * sizeof(Deviation)];
  auto* all = reinterpret_cast<Deviation*>(storage);
  all[threadIdx.x] = mine;
  for (int step = threads / 2; step > 0; step /= 2) {
    __syncthreads();
    if (threadIdx.x < step) keep_worst(all[threadIdx.x], all[threadIdx.x + step]);
  }
  if (threadIdx.x == 0) found[blockIdx.x] = all[0];
}

class CudaChecker final : public Checker {
 public:
  explicit CudaChecker(Device& device) : device_(device), stream_(stream_of(device.queue())) {}

  void fill(const Tensor& tensor, const Fill& fill) override {
    if (is_packed(tensor.shape.dtype)) return fill_packed(tensor, fill);
    with_cuda_element(tensor.shape.dtype, [&]<class E>(E) {
      const Rows<typename E::Stored> rows(tensor);
      if (rows.count == 0) return;
      fill_rows<E>
          <<<blocks_for(rows.count), threads, 0, stream_>>>(rows, fill, is_integer(tensor.shape.dtype));
    });
    finish();
  }

  void poison(const Tensor& tensor) override {
    with_cuda_element(tensor.shape.dtype, [&]<class E>(E) {
      const Rows<typename E::Stored> rows(tensor);
      if (rows.count == 0) return;
      poison_rows<E><<<blocks_for(rows.count), threads, 0, stream_>>>(rows);
    });
    finish();
  }

  std::vector<double> row_norms(const Tensor& matrix) override { return norms(matrix, false); }
  std::vector<double> col_norms(const Tensor& matrix) override { return norms(matrix, true); }

  Deviation deviation(const Tensor& got, const Tensor& product, const Tensor* old,
                      const ErrorRule& rule) override {
    const std::int64_t rows = got.shape.row_count(), cols = got.shape.row_length();
    Deviation total;
    if (rows == 0 || cols == 0) return total;
    const std::int64_t rows_a_batch = std::max<std::int64_t>(got.shape.extent[1], 1);
    const auto row_norm = upload(rule.row_norm, rows);
    const auto col_norm = upload(rule.col_norm, rows / rows_a_batch * cols);
    ErrorRule on_device = rule;
    on_device.row_norm = row_norm ? reinterpret_cast<const double*>(row_norm->data()) : nullptr;
    on_device.col_norm = col_norm ? reinterpret_cast<const double*>(col_norm->data()) : nullptr;
    std::vector<Deviation> found(static_cast<std::size_t>(std::min<std::int64_t>(rows, 2048)));
    const auto bytes = static_cast<std::int64_t>(found.size() * sizeof(Deviation));
    const auto memory = device_.allocate(bytes);
    with_cuda_element(got.shape.dtype, [&]<class E>(E) {
      using Stored = typename E::Stored;
      deviations<E><<<static_cast<int>(found.size()), threads, 0, stream_>>>(
          Rows<Stored>(got), Rows<double>(product), Rows<Stored>(old != nullptr ? *old : got), old != nullptr,
          on_device, rows_a_batch, reinterpret_cast<Deviation*>(memory->data()));
    });
    finish();
    device_.read(found.data(), memory->data(), bytes);
    for (const Deviation& one : found) keep_worst(total, one);
    return total;
  }

  std::int64_t freivalds_exact(const Gemm& g, const Operands& operands, const Tensor* old, int scale_bits,
                               std::uint64_t seed) override {
    using U = unsigned long long;
    const double scale = std::ldexp(1.0, scale_bits);
    const auto whole = [](double v) { return static_cast<U>(static_cast<long long>(v)); };
    const U alpha = whole(g.alpha * scale), beta = whole(g.beta * scale);
    std::vector<U> x(static_cast<std::size_t>(g.n));
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = random_bits(seed, j);
    const auto x_there = upload(x.data(), g.n);
    const auto bad_flag = device_.allocate(sizeof(int));
    const int none = 0;
    device_.write(bad_flag->data(), &none, sizeof none);
    int* flag = reinterpret_cast<int*>(bad_flag->data());
    const auto times = [&](const Tensor& matrix, std::int64_t b, bool transposed, const Memory& vector,
                           double by) {
      return sums(matrix, b, transposed, TimesModular{reinterpret_cast<const U*>(vector.data()), by, flag});
    };
    std::int64_t bad = 0;
    for (std::int64_t b = 0; b < g.batch; ++b) {
      const auto bx = times(operands.in[1], b, g.tb, *x_there, 1);
      const std::vector<U> abx = download<U>(*times(operands.in[0], b, g.ta, *bx, 1), g.m);
      const std::vector<U> cx = download<U>(*times(operands.out, b, false, *x_there, scale), g.m);
      std::vector<U> oldx(cx.size());
      if (old != nullptr) oldx = download<U>(*times(*old, b, false, *x_there, 1), g.m);
      for (std::size_t i = 0; i < cx.size(); ++i) bad += cx[i] != alpha * abx[i] + beta * oldx[i];
    }
    int not_whole = 0;
    device_.read(&not_whole, bad_flag->data(), sizeof not_whole);
    return not_whole != 0 ? g.m * g.batch : bad;
  }

  double freivalds(const Gemm& g, const Operands& operands, std::uint64_t seed) override {
    std::vector<double> x(static_cast<std::size_t>(g.n));
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = random_bits(seed, j) & 1 ? 1.0 : -1.0;
    const auto x_there = upload(x.data(), g.n);
    const std::vector<double> row_norm = g.ta ? col_norms(operands.in[0]) : row_norms(operands.in[0]);
    const std::vector<double> b_norm = row_norms(operands.in[1]);
    const std::size_t b_rows = b_norm.size() / static_cast<std::size_t>(g.batch);
    const auto times = [&](const Tensor& matrix, std::int64_t b, bool transposed, const Memory& vector) {
      return sums(matrix, b, transposed, Times{reinterpret_cast<const double*>(vector.data())});
    };
    double worst = 0;
    for (std::int64_t b = 0; b < g.batch; ++b) {
      const auto bx = times(operands.in[1], b, g.tb, *x_there);
      const auto abx = download<double>(*times(operands.in[0], b, g.ta, *bx), g.m);
      const auto cx = download<double>(*times(operands.out, b, false, *x_there), g.m);
      const auto batch = static_cast<std::size_t>(b), rows = static_cast<std::size_t>(g.m);
      worst = worst_residual(worst, g, cx, abx, std::span(row_norm).subspan(batch * rows, rows),
                             std::span(b_norm).subspan(batch * b_rows, b_rows));
    }
    return worst;
  }

 private:
  void fill_packed(const Tensor& tensor, const Fill& fill) {
    const Rows<std::byte> rows(tensor);
    if (rows.count == 0) return;
    const auto kernel =
        tensor.shape.dtype == Dtype::w4 ? fill_packed_rows<Dtype::w4> : fill_packed_rows<Dtype::s4>;
    kernel<<<blocks_for(rows.count), threads, 0, stream_>>>(rows, fill);
    finish();
  }

  void finish() {
    GEMMARK_CUDA_CHECK(cudaGetLastError());
    device_.synchronize();
  }

  template <class T>
  std::unique_ptr<Memory> upload(const T* from, std::int64_t count) {
    if (from == nullptr) return nullptr;
    auto memory = device_.allocate(count * static_cast<std::int64_t>(sizeof(T)));
    device_.write(memory->data(), from, count * static_cast<std::int64_t>(sizeof(T)));
    return memory;
  }
  template <class T>
  std::vector<T> download(const Memory& memory, std::int64_t count) {
    std::vector<T> values(static_cast<std::size_t>(count));
    device_.read(values.data(), memory.data(), count * static_cast<std::int64_t>(sizeof(T)));
    return values;
  }

  /// One sum a row of the matrix, or a column where transposed.
  template <class Term>
  std::unique_ptr<Memory> sums(const Tensor& tensor, std::int64_t batch, bool transposed, Term term) {
    using Sum = typename Term::Sum;
    const std::int64_t rows = tensor.shape.extent[1], cols = tensor.shape.extent[2];
    const std::int64_t bytes = std::max<std::int64_t>(transposed ? cols : rows, 1) * sizeof(Sum);
    auto memory = device_.allocate(bytes);
    auto* to = reinterpret_cast<Sum*>(memory->data());
    GEMMARK_CUDA_CHECK(cudaMemsetAsync(to, 0, static_cast<std::size_t>(bytes), stream_));
    if (rows > 0 && cols > 0)
      cuda::with_cuda_input(tensor.shape.dtype, [&]<class E>(E) {
        const Matrix<E> matrix(tensor, batch);
        const dim3 grid(static_cast<unsigned>((cols + threads - 1) / threads),
                        static_cast<unsigned>(std::min<std::int64_t>(64, rows)));
        if (transposed)
          sum_cols<E><<<grid, threads, 0, stream_>>>(matrix, term, to);
        else
          sum_rows<E><<<blocks_for(rows), threads, 0, stream_>>>(matrix, term, to);
      });
    finish();
    return memory;
  }

  std::vector<double> norms(const Tensor& matrix, bool of_columns) {
    std::vector<double> all;
    const std::int64_t count = matrix.shape.extent[of_columns ? 2 : 1];
    for (std::int64_t b = 0; b < matrix.shape.extent[0]; ++b)
      for (const double squared : download<double>(*sums(matrix, b, of_columns, Square{}), count))
        all.push_back(std::sqrt(squared));
    return all;
  }

  Device& device_;
  cudaStream_t stream_;
};

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return CheckerFactory{"cuda", [](Device& device) { return std::make_unique<CudaChecker>(device); }};
    }};

}  // namespace gemmark
