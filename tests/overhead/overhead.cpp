// What the harness costs: OpenBLAS in hot mode through the whole harness, against a bare loop around the same
// cblas_sgemm, taking short turns in one process. Both sides use memory of the same kind, and every sample of
// both counts: the harness's own rule, which leaves out samples beside neighbours, has no counterpart in a
// bare loop. Not a test, since it is about time: run it on a quiet machine.
//
//   build/default/tests/overhead [rounds]
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

// Short, so that a machine that slows down for a second does so for both sides.
constexpr double turn_s = 0.3;

using Sgemm = void(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                   int);

class BareLoop {
 public:
  BareLoop(Device& device, Sgemm* sgemm, int n) : sgemm_(sgemm), n_(n) {
    const std::size_t elements = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    for (std::size_t i = 0; i < 3; ++i) {
      memory_.push_back(device.allocate(static_cast<std::int64_t>(elements * sizeof(float))));
      operand_[i] = reinterpret_cast<float*>(memory_.back()->data());
      for (std::size_t e = 0; e < elements; ++e)
        operand_[i][e] = static_cast<float>(fill_value({}, e, false));
    }
  }
  double median_of_a_turn() const {
    using Clock = std::chrono::steady_clock;
    std::vector<double> samples;
    const auto start = Clock::now();
    for (auto last = start; last - start < std::chrono::duration<double>(turn_s);) {
      constexpr int row_major = 101, no_transpose = 111;
      const auto& [a, b, c] = operand_;
      sgemm_(row_major, no_transpose, no_transpose, n_, n_, n_, 1, a, n_, b, n_, 0, c, n_);
      const auto now = Clock::now();
      samples.push_back(std::chrono::duration<double>(now - last).count());
      last = now;
    }
    return median(samples);
  }

 private:
  Sgemm* sgemm_;
  int n_;
  std::vector<std::unique_ptr<Memory>> memory_;
  float* operand_[3];
};

double harness_median(Lab& lab, int n) {
  std::vector<double> samples;
  lab.on_result = [&](const ResultRecord& record) {
    samples = record.samples_s;
    samples.insert(samples.end(), record.contended_s.begin(), record.contended_s.end());
  };
  const std::string problem = fmt::format("gemm m={0} n={0} k={0} in=fp32", n);
  Unit unit{comparison_text(parse_problem(problem)), "host", Mode::hot, 1, {{problem, "gemm/openblas", 1}}};
  measure_unit(lab, unit);
  return median(samples);
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 25;
  Lab lab{Registry::global(), {}};
  lab.options.time_limit_s = turn_s;
  lab.options.target = 0;      // use the whole time
  lab.options.patience_s = 0;  // and wait for nobody
  lab.oracle_flops_per_s["host"] = 1e11;
  if (!lab.registry.status("openblas").available) {
    fmt::print("openblas: {}\n", lab.registry.status("openblas").available.why());
    return 4;
  }
  auto* sgemm = Library::open("libopenblas.so.0").function<Sgemm>("cblas_sgemm");
  fmt::print("{:>5} {:>13} {:>13} {:>8}  {}\n", "n", "harness", "bare loop", "ratio",
             "95% interval of the ratio");
  for (const int n : {512, 2048}) {
    const BareLoop loop(lab.device("host"), sgemm, n);
    std::vector<double> harness, bare, ratio;
    for (int round = 0; round < rounds; ++round) {
      harness.push_back(harness_median(lab, n));
      bare.push_back(loop.median_of_a_turn());
      ratio.push_back(harness.back() / bare.back());
    }
    const Estimate found = estimate(ratio);
    fmt::print("{:>5} {:>10.3f} us {:>10.3f} us {:>8.4f}", n, median(harness) * 1e6, median(bare) * 1e6,
               found.median);
    if (found.ci95) fmt::print("  {:.4f} to {:.4f}", found.ci95->first, found.ci95->second);
    fmt::print("\n");
  }
}
