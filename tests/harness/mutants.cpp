#include "tests/harness/mutants.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

namespace gemmark::testing {
namespace {

constexpr const char* plain = "gemm m=70 n=66 k=40 in=fp32";
constexpr const char* overflows = "gemm m=70 n=66 k=40 in=fp16 alpha=60000.1";

double partial(const Gemm& g, const Operands& o, std::int64_t i, std::int64_t j, std::int64_t from,
               std::int64_t to) {
  double sum = 0;
  for (std::int64_t p = from; p < to; ++p)
    sum += load(o.in[0], a_index(g, i, p)) * load(o.in[1], b_index(g, p, j));
  return sum;
}

Compute spoiled(std::function<double(const Gemm&, const Operands&, std::int64_t, std::int64_t, double)> f) {
  return [f](const Gemm& g, const Operands& o) {
    right(g, o, [&](std::int64_t i, std::int64_t j, double sum) { return f(g, o, i, j, sum); });
  };
}

double round_to(Dtype dtype, double value) { return decode_float(dtype, encode_float(dtype, value)); }

/// Products of operands that were rounded first.
Compute products_of(const std::function<double(double)>& rounded) {
  return spoiled([rounded](const Gemm& g, const Operands& o, std::int64_t i, std::int64_t j, double) {
    double sum = 0;
    for (std::int64_t p = 0; p < g.k; ++p)
      sum += rounded(load(o.in[0], a_index(g, i, p))) * rounded(load(o.in[1], b_index(g, p, j)));
    return sum;
  });
}

Compute reduced_precision(Dtype dtype) {
  return products_of([dtype](double value) { return round_to(dtype, value); });
}

Gemm with(Gemm g, const std::function<void(Gemm&)>& change) {
  change(g);
  return g;
}

double without_13_bits(double value, bool truncated) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  const std::uint32_t half = truncated ? 0 : 0xfff + (bits >> 13 & 1);
  return std::bit_cast<float>((bits + half) & 0xffffe000u);
}

}  // namespace

Compute tf32_product(bool truncated) {
  return products_of([truncated](double value) { return without_13_bits(value, truncated); });
}

std::vector<Mutant> mutants() {
  return {
      {"drops the last 8 of k", plain, spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double) {
         return partial(g, o, i, j, 0, g.k - 8);
       })},
      {"drops the last of 4096 products", "gemm m=24 n=24 k=4096 in=fp32",
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double) {
         return partial(g, o, i, j, 0, g.k - 1);
       })},
      {"takes a slice of k twice", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         return sum + partial(g, o, i, j, 8, 16);
       })},
      {"off by one at the edge of a tile", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         return j == 64 ? partial(g, o, i, j - 1, 0, g.k) : sum;
       })},
      {"a transposed 8x8 fragment", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         return i / 8 == 3 && j / 8 == 3 ? partial(g, o, 24 + j % 8, 24 + i % 8, 0, g.k) : sum;
       })},
      {"two swapped fragments", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         return i / 8 == 2 && j / 8 < 2 ? partial(g, o, i, (j + 8) % 16, 0, g.k) : sum;
       })},
      {"a missing barrier: one tile sees the slice before", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         if (i / 16 != 1 || j / 16 != 2) return sum;
         return sum - partial(g, o, i, j, 16, 24) + partial(g, o, i, j, 8, 16);
       })},
      {"a stale accumulator: a tile starts from its neighbour's sums", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         return i / 16 == 2 && j / 16 == 1 ? sum + partial(g, o, i - 16, j, 0, g.k) : sum;
       })},
      {"leaves one element unwritten", plain,
       [](const Gemm& g, const Operands& o) {
         const double before = load(o.out, 33 * g.ldc() + 17);
         right(g, o);
         store(o.out, 33 * g.ldc() + 17, before);
       }},
      {"leaves the last row unwritten", plain,
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.m -= 1; }), o); }},
      {"leaves one integer unwritten", "gemm m=70 n=66 k=40 in=int8",
       [](const Gemm& g, const Operands& o) {
         const double before = load(o.out, 33 * g.ldc() + 17);
         right(g, o);
         store(o.out, 33 * g.ldc() + 17, before);
       }},
      {"one element wrong by 1% of rms", "gemm m=70 n=66 k=256 in=fp32 alpha=0.1",
       spoiled([](const Gemm& g, const Operands&, auto i, auto j, double sum) {
         return i == 40 && j == 50 ? sum + 0.01 * std::sqrt(static_cast<double>(g.k)) / 3 : sum;
       })},
      {"one scaled integer wrong by one", "gemm m=70 n=66 k=40 in=int8 alpha=0.5",
       spoiled([](const Gemm&, const Operands&, auto i, auto j, double sum) {
         return i == 69 && j == 65 ? sum + 3 : sum;
       })},
      {"one integer wrong by one", "gemm m=70 n=66 k=40 in=int8",
       spoiled([](const Gemm&, const Operands&, auto i, auto j, double sum) {
         return i == 69 && j == 65 ? sum + 1 : sum;
       })},
      {"one infinity where the output has room", "gemm m=70 n=66 k=40 in=fp16 alpha=1000.1",
       spoiled([](const Gemm&, const Operands&, auto i, auto j, double sum) {
         return i == 40 && j == 50 ? std::copysign(HUGE_VAL, sum) : sum;
       })},
      {"infinities of the wrong sign", overflows,
       spoiled([](const Gemm& g, const Operands&, auto, auto, double sum) {
         return std::abs(g.alpha * sum) > 1e5 ? -sum : sum;
       })},
      {"the largest number for what overflows", overflows,
       spoiled([](const Gemm& g, const Operands&, auto, auto, double sum) {
         return std::clamp(g.alpha * sum, -65504.0, 65504.0) / g.alpha;
       })},
      {"computes fp32 in tf32's mantissa", plain, reduced_precision(Dtype::f16)},
      {"computes fp32 in bf16", plain, reduced_precision(Dtype::bf16)},
      {"computes tf32 in bf16", "gemm m=70 n=66 k=40 in=tf32", reduced_precision(Dtype::bf16)},
      {"drops the last product of 256 in tf32", "gemm m=70 n=66 k=256 in=tf32",
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double) {
         return partial(g, o, i, j, 0, g.k - 1);
       })},
      {"one tf32 element wrong by 2% of rms", "gemm m=70 n=66 k=256 in=tf32 alpha=0.1",
       spoiled([](const Gemm& g, const Operands&, auto i, auto j, double sum) {
         return i == 40 && j == 50 ? sum + 0.02 * std::sqrt(static_cast<double>(g.k)) / 3 : sum;
       })},
      {"shrinks tf32 by 1%", "gemm m=70 n=66 k=4096 in=tf32 alpha=0.1",
       spoiled([](const Gemm&, const Operands&, auto, auto, double sum) { return 0.99 * sum; })},
      {"rounds fp64 sums to fp32", "gemm m=70 n=66 k=40 in=fp64",
       spoiled([](const Gemm&, const Operands&, auto, auto, double sum) {
         return static_cast<double>(static_cast<float>(sum));
       })},
      {"truncates bf16 outputs", "gemm m=70 n=66 k=200 in=bf16",
       spoiled([](const Gemm&, const Operands&, auto, auto, double sum) {
         return std::bit_cast<float>(std::bit_cast<std::uint32_t>(static_cast<float>(sum)) & 0xfffe0000u);
       })},
      {"ignores alpha", "gemm m=70 n=66 k=40 in=fp32 alpha=2",
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.alpha = 1; }), o); }},
      {"ignores beta", "gemm m=70 n=66 k=40 in=fp32 beta=0.5",
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.beta = 0; }), o); }},
      {"scales alpha by beta too", "gemm m=70 n=66 k=40 in=fp32 alpha=2 beta=2",
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.alpha = 4; }), o); }},
      {"reads C where beta is 0", plain,
       [](const Gemm& g, const Operands& o) {
         const double before = load(o.out, 5);
         right(g, o);
         store(o.out, 5, load(o.out, 5) + 0 * before);
       }},
      {"takes a square A as not transposed", "gemm m=48 n=66 k=48 in=fp32 ta=1",
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.ta = false; }), o); }},
      {"takes a square B as not transposed", "gemm m=70 n=48 k=48 in=fp32 tb=1",
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.tb = false; }), o); }},
      {"computes only the first of a batch", "gemm m=20 n=24 k=16 batch=3 in=fp32",
       [](const Gemm& g, const Operands& o) { right(with(g, [](Gemm& h) { h.batch = 1; }), o); }},
      {"reads one k too far", plain,
       spoiled([](const Gemm& g, const Operands& o, auto i, auto j, double sum) {
         return sum + load(o.in[0], a_index(g, i, g.k)) * load(o.in[1], b_index(g, g.k, j));
       })},
      {"writes a row too wide", "gemm m=70 n=66 k=40 ldc=72 in=fp32",
       [](const Gemm& g, const Operands& o) {
         right(g, o);
         store(o.out, 3 * g.ldc() + g.n, 0);
       }},
      {"returns what it computed the first time", plain,
       [first = std::make_shared<std::vector<double>>()](const Gemm& g, const Operands& o) {
         if (first->empty()) {
           right(g, o);
           for (std::int64_t i = 0; i < g.m * g.n; ++i) first->push_back(load(o.out, i));
         }
         for (std::int64_t i = 0; i < g.m * g.n; ++i) store(o.out, i, (*first)[static_cast<std::size_t>(i)]);
       }},
      {"is right twice, then forgets a row", plain,
       [calls = std::make_shared<int>(0)](const Gemm& g, const Operands& o) {
         right(++*calls > 2 ? with(g, [](Gemm& h) { h.m -= 1; }) : g, o);
       }},
      {"zeroes its operands and its output", plain,
       [](const Gemm& g, const Operands& o) {
         right(g, o, [](auto, auto, double) { return 0.0; });
         for (std::int64_t i = 0; i < g.m * g.k; ++i) store(o.in[0], i, 0);
       }},
      {"one wrong element in a large product, off every sampled band", "gemm m=300 n=300 k=300 in=fp32",
       [](const Gemm& g, const Operands& o) {
         right(g, o);
         store(o.out, 131 * g.ldc() + 77, load(o.out, 131 * g.ldc() + 77) + 1);
       }},
      {"answers infinity", plain, spoiled([](const Gemm&, const Operands&, auto i, auto j, double sum) {
         return i == 1 && j == 1 ? std::numeric_limits<double>::infinity() : sum;
       })},
  };
}

}  // namespace gemmark::testing
