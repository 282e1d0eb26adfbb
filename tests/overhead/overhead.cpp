// What the harness costs: OpenBLAS in hot mode through the whole harness, against a bare loop around the same
// cblas_sgemm, taking turns in one process. Not a test, since it is about time: run it on a quiet machine.
//
//   build/cpu/tests/overhead [rounds]
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "harness/lab.hpp"
#include "harness/stats.hpp"
#include "kernels/api/library.hpp"

using namespace gemmark;

namespace {

using Sgemm = void(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                   int);

double bare_median(Sgemm* sgemm, int n, double seconds) {
  constexpr int row_major = 101, no_transpose = 111;
  const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  static std::vector<float> a(size), b(size), c(size);
  a.resize(size), b.resize(size), c.resize(size);
  for (std::size_t i = 0; i < size; ++i) a[i] = b[i] = static_cast<float>(fill_value({}, i, false));
  using Clock = std::chrono::steady_clock;
  std::vector<double> samples;
  const auto start = Clock::now();
  for (auto last = start; last - start < std::chrono::duration<double>(seconds);) {
    sgemm(row_major, no_transpose, no_transpose, n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
    const auto now = Clock::now();
    samples.push_back(std::chrono::duration<double>(now - last).count());
    last = now;
  }
  return median(samples);
}

double harness_median(Lab& lab, int n) {
  double found = 0;
  lab.on_result = [&](const ResultRecord& record) { found = record.median_s.value_or(0); };
  const std::string problem = fmt::format("gemm m={0} n={0} k={0} in=fp32", n);
  Unit unit{comparison_text(parse_problem(problem)), "host", Mode::hot, 1, {{problem, "gemm/openblas", 1}}};
  measure_unit(lab, unit);
  return found;
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 5;
  Lab lab{Registry::global(), {}};
  lab.options.time_limit_s = 1;
  lab.options.target = 0;  // use the whole time
  lab.oracle_flops_per_s["host"] = 1e11;
  if (!lab.registry.status("openblas").available) {
    fmt::print("openblas: {}\n", lab.registry.status("openblas").available.why());
    return 4;
  }
  auto* sgemm = Library::open("libopenblas.so.0").function<Sgemm>("cblas_sgemm");
  fmt::print("{:>5} {:>13} {:>13} {:>8}\n", "n", "harness", "bare loop", "ratio");
  for (const int n : {512, 2048}) {
    std::vector<double> harness, bare, ratio;
    for (int round = 0; round < rounds; ++round) {
      harness.push_back(harness_median(lab, n));
      bare.push_back(bare_median(sgemm, n, lab.options.time_limit_s));
      ratio.push_back(harness.back() / bare.back());
    }
    fmt::print("{:>5} {:>10.3f} us {:>10.3f} us {:>8.4f}\n", n, median(harness) * 1e6, median(bare) * 1e6,
               median(ratio));
  }
}
