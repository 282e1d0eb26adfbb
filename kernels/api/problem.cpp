#include "kernels/api/problem.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace gemmark {
namespace {

// What a 32-bit BLAS index can hold; larger extents would overflow inside vendor libraries.
constexpr std::int64_t largest_extent = std::numeric_limits<std::int32_t>::max();
// 2^50 bytes an operand, so that no product of strides or sum of operands can overflow 64 bits.
constexpr double largest_operand_bytes = 0x1p50;

// The grammar, once for each operation. A Visitor either reads fields from text or prints them.
template <class Visitor>
void visit_fields(Visitor& v, Gemm& g) {
  v.extent("m", g.m), v.extent("n", g.n), v.extent("k", g.k);
  v.precision("in", g.in);
  v.type("out", g.out);
  v.flag("ta", g.ta), v.flag("tb", g.tb);
  v.extent("batch", g.batch, 1);
  v.extent("lda", g.lda_given, 0), v.extent("ldb", g.ldb_given, 0), v.extent("ldc", g.ldc_given, 0);
  v.number("alpha", g.alpha, 1), v.number("beta", g.beta, 0);
  v.choice("const", g.const_b, {"", "b"});
}

template <class Visitor>
void visit_fields(Visitor& v, Conv& c) {
  v.extent("n", c.n), v.extent("c", c.c), v.extent("h", c.h), v.extent("w", c.w);
  v.extent("k", c.k), v.extent("r", c.r), v.extent("s", c.s);
  v.extent("stride", c.stride, 1), v.extent_or_zero("pad", c.pad, 0), v.extent("dilation", c.dilation, 1);
  v.extent("groups", c.groups, 1);
  v.precision("in", c.in);
  v.choice("layout", c.layout, {"nhwc", "nchw"});
}

template <class Visitor>
void visit_fields(Visitor& v, Attention& a) {
  v.extent("b", a.b), v.extent("hq", a.hq), v.extent("hkv", a.hkv);
  v.extent("sq", a.sq), v.extent("skv", a.skv), v.extent("d", a.d);
  v.extent("dv", a.dv_given, 0);
  v.flag("causal", a.causal);
  v.precision("in", a.in);
}

struct Token {
  std::string_view text;
  int column;
};

std::vector<Token> split(std::string_view text) {
  std::vector<Token> tokens;
  constexpr std::string_view blanks = " \t\r\n";
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    tokens.push_back({text.substr(at, end - at), static_cast<int>(at) + 1});
    at = text.find_first_not_of(blanks, end);
  }
  return tokens;
}

class Reader {
 public:
  Reader(std::vector<Token> tokens, int line) : line_(line), end_column_(end_of(tokens)) {
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      const auto [text, column] = tokens[i];
      const std::size_t equals = text.find('=');
      if (equals == std::string_view::npos || equals == 0)
        fail(column, fmt::format("'{}' is not key=value", text));
      const std::string_view key = text.substr(0, equals);
      for (const Entry& other : entries_)
        if (other.key == key) fail(column, fmt::format("'{}' is given twice", key));
      entries_.push_back(
          {key, text.substr(equals + 1), column, column + static_cast<int>(equals) + 1, false});
    }
  }

  void extent(std::string_view key, std::int64_t& value) { integer(key, value, 1, true); }
  void extent(std::string_view key, std::int64_t& value, std::int64_t) { integer(key, value, 1, false); }
  void extent_or_zero(std::string_view key, std::int64_t& value, std::int64_t) {
    integer(key, value, 0, false);
  }
  void flag(std::string_view key, bool& value) { choice(key, value, {"0", "1"}); }
  void precision(std::string_view key, Precision& value) {
    const Entry* entry = take(key, true);
    if (entry == nullptr) return;
    const auto found = precision_named(entry->value);
    if (!found) fail_value(*entry, "one of " + precision_names());
    value = *found;
  }
  void type(std::string_view key, std::optional<Dtype>& value) {
    const Entry* entry = take(key, false);
    if (entry == nullptr) return;
    value = dtype_named(entry->value);
    if (!value) fail_value(*entry, "one of " + dtype_names());
  }
  void number(std::string_view key, double& value, double) {
    const Entry* entry = take(key, false);
    if (entry == nullptr) return;
    const char* end = entry->value.data() + entry->value.size();
    const auto [stop, error] = std::from_chars(entry->value.data(), end, value);
    if (error != std::errc{} || stop != end || !std::isfinite(value)) fail_value(*entry, "a finite number");
  }
  template <class T>
  void choice(std::string_view key, T& value, std::initializer_list<std::string_view> names) {
    const Entry* entry = take(key, false);
    if (entry == nullptr) return;
    const auto* found = std::find(names.begin(), names.end(), entry->value);
    if (found == names.end() || found->empty()) {
      std::vector<std::string_view> spoken(names);
      std::erase(spoken, std::string_view{});
      fail_value(*entry, fmt::format("{}", fmt::join(spoken, " or ")));
    }
    value = static_cast<T>(found - names.begin());
  }

  void finish() const {
    for (const Entry& entry : entries_)
      if (!entry.used)
        fail(entry.column,
             fmt::format("unknown key '{}'; expected one of {}", entry.key, fmt::join(known_, ", ")));
    if (!missing_.empty()) fail(end_column_, fmt::format("'{}=' is missing", missing_));
  }
  [[noreturn]] void fail(int column, const std::string& reason) const {
    throw ParseError(line_, column, reason);
  }
  /// Where `key` stands, or the end of the text if it was left to its default.
  int column_of(std::string_view key) const {
    for (const Entry& entry : entries_)
      if (entry.key == key) return entry.value_column;
    return end_column_;
  }

 private:
  struct Entry {
    std::string_view key, value;
    int column, value_column;
    bool used;
  };

  static int end_of(const std::vector<Token>& tokens) {
    return tokens.empty() ? 1 : tokens.back().column + static_cast<int>(tokens.back().text.size());
  }
  const Entry* take(std::string_view key, bool required) {
    known_.push_back(key);
    for (Entry& entry : entries_)
      if (entry.key == key) {
        entry.used = true;
        return &entry;
      }
    if (required && missing_.empty()) missing_ = key;
    return nullptr;
  }
  void integer(std::string_view key, std::int64_t& value, std::int64_t smallest, bool required) {
    const Entry* entry = take(key, required);
    if (entry == nullptr) return;
    const char* end = entry->value.data() + entry->value.size();
    const auto [stop, error] = std::from_chars(entry->value.data(), end, value);
    if (stop != end || error != std::errc{} || value < smallest || value > largest_extent)
      fail_value(*entry, fmt::format("an integer from {} to {}", smallest, largest_extent));
  }
  [[noreturn]] void fail_value(const Entry& entry, const std::string& expected) const {
    fail(entry.value_column,
         fmt::format("{}={} is not possible; expected {}", entry.key, entry.value, expected));
  }

  int line_;
  int end_column_;
  std::vector<Entry> entries_;
  std::vector<std::string_view> known_;
  std::string_view missing_;  ///< the first, told once it is known that no key is mistyped
};

class Printer {
 public:
  explicit Printer(std::string_view operation, bool with_precision)
      : text_(operation), with_precision_(with_precision) {}

  void extent(std::string_view key, std::int64_t& value) { put(key, value); }
  void extent(std::string_view key, std::int64_t& value, std::int64_t standard) {
    if (value != standard) put(key, value);
  }
  void extent_or_zero(std::string_view key, std::int64_t& value, std::int64_t standard) {
    extent(key, value, standard);
  }
  void flag(std::string_view key, bool& value) {
    if (value) put(key, 1);
  }
  void precision(std::string_view key, Precision& value) {
    if (with_precision_) put(key, name(value));
  }
  void type(std::string_view key, std::optional<Dtype>& value) {
    if (value && with_precision_) put(key, name(*value));
  }
  void number(std::string_view key, double& value, double standard) {
    if (value != standard) put(key, value);
  }
  template <class T>
  void choice(std::string_view key, T& value, std::initializer_list<std::string_view> names) {
    if (static_cast<int>(value) != 0) put(key, names.begin()[static_cast<int>(value)]);
  }
  std::string text() && { return std::move(text_); }

 private:
  template <class T>
  void put(std::string_view key, const T& value) {
    text_ += fmt::format(" {}={}", key, value);
  }
  std::string text_;
  bool with_precision_;
};

std::string print(Problem problem, bool with_precision) {
  Printer printer(operation(problem), with_precision);
  std::visit([&](auto& p) { visit_fields(printer, p); }, problem);
  return std::move(printer).text();
}

double product(std::initializer_list<std::int64_t> factors) {
  double result = 1;
  for (const std::int64_t factor : factors) result *= static_cast<double>(factor);
  return result;
}

// A default that is spelled out must read as the default, so that a problem has one spelling.
void normalise(Gemm& g) {
  if (g.lda() == g.tight_lda()) g.lda_given = 0;
  if (g.ldb() == g.tight_ldb()) g.ldb_given = 0;
  if (g.ldc() == g.n) g.ldc_given = 0;
  if (g.out == info(g.in).out) g.out.reset();
}
void normalise(Conv&) {}
void normalise(Attention& a) {
  if (a.dv() == a.d) a.dv_given = 0;
}

void check(const Gemm& g, const Reader& reader) {
  const auto leading = [&](std::string_view key, std::int64_t ld, std::int64_t width, std::int64_t rows) {
    if (ld < width)
      reader.fail(reader.column_of(key),
                  fmt::format("{}={} is smaller than the row it strides over ({})", key, ld, width));
    // 8 bytes an element at most. In floating point, since integers could overflow here.
    if (!(8 * product({ld, rows, g.batch}) <= largest_operand_bytes))
      reader.fail(1, fmt::format("the operand of {} would span more than 2^50 bytes", key));
  };
  const auto whole = [&](std::string_view key, std::int64_t ld, Dtype dtype) {
    if (ld % row_granule(dtype) != 0)
      reader.fail(reader.column_of(key), fmt::format("{}={} is no multiple of {}, in which {} is stored", key,
                                                     ld, row_granule(dtype), name(dtype)));
  };
  whole("lda", g.lda(), info(g.in).a);
  whole("ldb", g.ldb(), info(g.in).b);
  leading("lda", g.lda(), g.ta ? g.m : g.k, g.ta ? g.k : g.m);
  leading("ldb", g.ldb(), g.tb ? g.k : g.n, g.tb ? g.n : g.k);
  leading("ldc", g.ldc(), g.n, g.m);
  // Kernels scale in the type of their sums.
  const double largest =
      g.in == Precision::fp64 ? std::numeric_limits<double>::max() : std::numeric_limits<float>::max();
  for (const auto& [key, scale] : {std::pair{"alpha", g.alpha}, {"beta", g.beta}})
    if (std::abs(scale) > largest)
      reader.fail(reader.column_of(key), fmt::format("{}={} is more than fp32 holds", key, scale));
}
void check(const Conv& c, const Reader& reader) {
  // Counting what falls into the padding takes a step a tap.
  constexpr std::int64_t largest_filter = 1 << 16;
  for (const auto& [key, side] : {std::pair{"r", c.r}, {"s", c.s}})
    if (side > largest_filter)
      reader.fail(
          reader.column_of(key),
          fmt::format("{}={} is not possible; expected an integer from 1 to {}", key, side, largest_filter));
  if (c.c % c.groups != 0 || c.k % c.groups != 0)
    reader.fail(reader.column_of("groups"),
                fmt::format("groups={} does not divide c={} and k={}", c.groups, c.c, c.k));
  if (c.h + 2 * c.pad < c.dilation * (c.r - 1) + 1 || c.w + 2 * c.pad < c.dilation * (c.s - 1) + 1)
    reader.fail(reader.column_of("r"), "the filter is larger than the padded image");
}
void check(const Attention& a, const Reader& reader) {
  if (a.hkv < 1 || a.hq % a.hkv != 0)
    reader.fail(reader.column_of("hkv"), fmt::format("hkv={} does not divide hq={}", a.hkv, a.hq));
  if (a.causal && a.sq > a.skv)
    reader.fail(reader.column_of("sq"),
                fmt::format("sq={} exceeds skv={}: some queries would see no key", a.sq, a.skv));
}

template <class P>
Problem read(std::vector<Token> tokens, int line) {
  Reader reader(std::move(tokens), line);
  P problem;
  visit_fields(reader, problem);
  reader.finish();
  check(problem, reader);
  normalise(problem);
  const Problem whole = problem;
  // In floating point, since the integers of the shapes themselves may overflow here.
  if (!(compulsory_bytes(whole) <= largest_operand_bytes) || !(flops(whole) <= 0x1p80))
    reader.fail(1, "the operands would take more than 2^50 bytes");
  return whole;
}

// How many (output position, filter tap) pairs along one axis hit the image and not its padding.
std::int64_t live_taps(std::int64_t size, std::int64_t taps, std::int64_t outputs, const Conv& c) {
  std::int64_t live = 0;
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    // Positions o with 0 <= o*stride + tap*dilation - pad < size.
    const std::int64_t shift = tap * c.dilation - c.pad;
    const std::int64_t first = shift >= 0 ? 0 : (-shift + c.stride - 1) / c.stride;
    const std::int64_t last = size - 1 - shift < 0 ? -1 : (size - 1 - shift) / c.stride;
    live += std::max<std::int64_t>(0, std::min(last, outputs - 1) - first + 1);
  }
  return live;
}

double live_pairs(const Attention& a) {
  const auto sq = static_cast<double>(a.sq), skv = static_cast<double>(a.skv);
  return a.causal ? sq * (skv - sq) + sq * (sq + 1) / 2 : sq * skv;
}

double stored(Dtype dtype, double count) {
  const double scale_bits = dtype == Dtype::w4 ? 16.0 / W4::group : 0;
  return count * (info(dtype).bits + scale_bits) / 8;
}

}  // namespace

ParseError::ParseError(int line_, int column_, const std::string& what)
    : std::runtime_error(fmt::format("line {}, column {}: {}", line_, column_, what)),
      line(line_),
      column(column_),
      reason(what) {}

Problem parse_problem(std::string_view text, int line) {
  std::vector<Token> tokens = split(text);
  const std::string_view word = tokens.empty() ? std::string_view{} : tokens[0].text;
  if (word == "gemm") return read<Gemm>(std::move(tokens), line);
  if (word == "conv") return read<Conv>(std::move(tokens), line);
  if (word == "attention") return read<Attention>(std::move(tokens), line);
  throw ParseError(line, tokens.empty() ? 1 : tokens[0].column,
                   fmt::format("'{}' is no operation; expected gemm, conv or attention", word));
}

std::string to_text(const Problem& problem) { return print(problem, true); }
std::string comparison_text(const Problem& problem) { return print(problem, false); }

std::string_view operation(const Problem& problem) {
  constexpr std::string_view names[] = {"gemm", "conv", "attention"};
  return names[problem.index()];
}

Precision precision(const Problem& problem) {
  return std::visit([](const auto& p) { return p.in; }, problem);
}

Problem with_precision(Problem problem, Precision precision) {
  std::visit([&](auto& p) { p.in = precision; }, problem);
  return problem;
}

OperandShapes operand_shapes(const Problem& problem) {
  const PrecisionInfo& types = info(precision(problem));
  if (const auto* g = std::get_if<Gemm>(&problem)) {
    return {{Shape::rows(types.a, {g->batch, g->ta ? g->k : g->m, g->ta ? g->m : g->k}, g->lda()),
             Shape::rows(types.b, {g->batch, g->tb ? g->n : g->k, g->tb ? g->k : g->n}, g->ldb())},
            Shape::rows(g->out.value_or(types.out), {g->batch, g->m, g->n}, g->ldc()),
            g->beta != 0};
  }
  if (const auto* c = std::get_if<Conv>(&problem)) {
    const std::int64_t depth = c->c / c->groups;
    if (c->layout == ImageLayout::nhwc)
      return {{Shape::rows(types.a, {c->n, c->h, c->w, c->c}, c->c),
               Shape::rows(types.b, {c->k, c->r, c->s, depth}, depth)},
              Shape::rows(types.out, {c->n, c->p(), c->q(), c->k}, c->k)};
    return {{Shape::rows(types.a, {c->n, c->c, c->h, c->w}, c->w),
             Shape::rows(types.b, {c->k, depth, c->r, c->s}, c->s)},
            Shape::rows(types.out, {c->n, c->k, c->p(), c->q()}, c->q())};
  }
  const auto& a = std::get<Attention>(problem);
  return {
      {Shape::rows(types.a, {a.b, a.sq, a.hq, a.d}, a.d), Shape::rows(types.b, {a.b, a.skv, a.hkv, a.d}, a.d),
       Shape::rows(types.b, {a.b, a.skv, a.hkv, a.dv()}, a.dv())},
      Shape::rows(types.out, {a.b, a.sq, a.hq, a.dv()}, a.dv())};
}

Support has_constants(const Problem& problem) {
  if (const auto* g = std::get_if<Gemm>(&problem); g != nullptr && g->const_b) return Support::yes();
  return Support::no("packs constant operands ahead of time, and the problem marks none");
}

double flops(const Problem& problem) {
  if (const auto* g = std::get_if<Gemm>(&problem)) return 2 * product({g->m, g->n, g->k, g->batch});
  if (const auto* c = std::get_if<Conv>(&problem))
    return 2 * product({c->n, c->k, c->c / c->groups, live_taps(c->h, c->r, c->p(), *c),
                        live_taps(c->w, c->s, c->q(), *c)});
  const auto& a = std::get<Attention>(problem);
  return 2 * product({a.b, a.hq, a.d + a.dv()}) * live_pairs(a);
}

double flops_padded(const Problem& problem) {
  if (const auto* c = std::get_if<Conv>(&problem))
    return 2 * product({c->n, c->k, c->c / c->groups, c->r, c->s, c->p(), c->q()});
  return flops(problem);
}

double compulsory_bytes(const Problem& problem) {
  const PrecisionInfo& types = info(precision(problem));
  if (const auto* g = std::get_if<Gemm>(&problem)) {
    const double out = stored(g->out.value_or(types.out), product({g->batch, g->m, g->n}));
    return stored(types.a, product({g->batch, g->m, g->k})) +
           stored(types.b, product({g->batch, g->k, g->n})) + (g->beta != 0 ? 2 : 1) * out;
  }
  if (const auto* c = std::get_if<Conv>(&problem))
    return stored(types.a, product({c->n, c->c, c->h, c->w})) +
           stored(types.b, product({c->k, c->c / c->groups, c->r, c->s})) +
           stored(types.out, product({c->n, c->k, c->p(), c->q()}));
  const auto& a = std::get<Attention>(problem);
  return stored(types.a, product({a.b, a.sq, a.hq, a.d})) +
         stored(types.b, product({a.b, a.skv, a.hkv, a.d + a.dv()})) +
         stored(types.out, product({a.b, a.sq, a.hq, a.dv()}));
}

}  // namespace gemmark
