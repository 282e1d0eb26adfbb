// The kernels that the tests of the harness run, in this process and in its workers.
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>

#include "tests/harness/fakes.hpp"

namespace gemmark::testing {
namespace {

void write_bytes(std::byte* at, int count) { std::memset(at, 0x11, static_cast<std::size_t>(count)); }

Kernel without_device(const std::string& name) {
  Kernel kernel = fake_kernel(name, {});
  kernel.plan = [](const PlanRequest&) -> std::unique_ptr<Plan> { throw DeviceLost("it is gone"); };
  return kernel;
}

double rounded(double value, int bits) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return std::ldexp(std::rint(std::ldexp(fraction, bits)), exponent - bits);
}

// Sums that keep so many significant bits after every addition.
Compute with_sums_of(int bits) {
  return [bits](const Gemm& g, const Operands& o) {
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) {
        double sum = 0;
        for (std::int64_t p = 0; p < g.k; ++p) {
          sum += load(o.in[0], a_index(g, i, p)) * load(o.in[1], b_index(g, p, j));
          sum = rounded(sum, bits);
        }
        store(o.out, i * g.ldc() + j, sum);
      }
  };
}

// Every plan counts its calls.
Kernel counting(const std::string& name, const std::function<void(int, const Gemm&, const Operands&)>& call) {
  Kernel kernel = fake_kernel(name, {});
  kernel.plan = [call](const PlanRequest& request) {
    const auto calls = std::make_shared<int>(0);
    return fake_kernel("", [=](const Gemm& g, const Operands& o) { call(++*calls, g, o); }).plan(request);
  };
  return kernel;
}

// The exact pass, the accumulator's probe, the data pass, then one warm-up call: wrong from then on.
void right_until_timed(int call, const Gemm& g, const Operands& o) {
  right(g, o, [call](auto, auto, double sum) { return call > 4 ? 1.25 * sum : sum; });
}

Kernel set_up_by(const std::string& name, void (*plan)()) {
  Kernel kernel = fake_kernel(name, {});
  kernel.plan = [plan](const PlanRequest&) -> std::unique_ptr<Plan> {
    plan();
    return nullptr;
  };
  return kernel;
}

void segfault() {
  std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would turn it into an exit
  std::raise(SIGSEGV);
}
void hang() {
  std::signal(SIGTERM, SIG_IGN);
  while (true) std::this_thread::sleep_for(std::chrono::seconds(1));
}

// Multiplies by what B was when it was set up; `stale`: when any plan of it was, first.
Kernel prepacking(const std::string& name, bool stale) {
  struct Weights final : Plan {
    Weights(Gemm problem_, std::vector<std::byte> bytes) : problem(problem_), weights(std::move(bytes)) {}
    void run(const Operands& operands, Queue) override {
      Operands with_own = operands;
      with_own.in[1].data = weights.data();
      right(problem, with_own);
    }
    std::span<std::byte> prepacked() const override { return weights; }
    Gemm problem;
    mutable std::vector<std::byte> weights;
  };
  Kernel kernel = fake_kernel(name, {});
  kernel.prepacks = true;
  const auto first = std::make_shared<std::vector<std::byte>>();
  kernel.plan = [=](const PlanRequest& request) -> std::unique_ptr<Plan> {
    const Tensor& b = request.constants->in[1];
    std::vector<std::byte> now(b.data, b.data + b.shape.span_bytes());
    if (first->empty()) *first = now;
    return std::make_unique<Weights>(std::get<Gemm>(request.problem), stale ? *first : now);
  };
  return kernel;
}

// Its operations are none of the precision's.
Kernel emulating(const std::string& name) {
  struct Emulation final : Plan {
    explicit Emulation(Gemm problem_) : problem(problem_) {}
    void run(const Operands& operands, Queue) override { right(problem, operands); }
    std::optional<double> flops_executed(double) const override { return std::nullopt; }
    Gemm problem;
  };
  Kernel kernel = fake_kernel(name, {});
  kernel.plan = [](const PlanRequest& request) {
    return std::make_unique<Emulation>(std::get<Gemm>(request.problem));
  };
  return kernel;
}

std::vector<Kernel> fakes() {
  const auto end_of_out = [](const Operands& o) { return o.out.data + o.out.shape.span_bytes(); };
  return {
      fake_kernel("right", [](const Gemm& g, const Operands& o) { right(g, o); }),
      fake_kernel("sums_of_24_bits", with_sums_of(24)),
      fake_kernel("sums_of_14_bits", with_sums_of(14)),
      emulating("emulates"),
      counting("right_until_timed", right_until_timed),
      counting("astray_once",
               [=](int call, const Gemm& g, const Operands& o) {
                 right(g, o);
                 if (call == 6) write_bytes(end_of_out(o), 3);
               }),
      fake_kernel("rounds_twice",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o, [](auto, auto, double sum) { return rounded(sum, 8); });
                  }),
      fake_kernel("right_too", [](const Gemm& g, const Operands& o) { right(g, o); }),
      fake_kernel("wrong",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o, [](auto, auto, double sum) { return sum * 1.25; });
                  }),
      fake_kernel("zeroes", [](const Gemm& g,
                               const Operands& o) { right(g, o, [](auto, auto, double) { return 0.0; }); }),
      fake_kernel("nan",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o, [](auto, auto, double) { return std::numeric_limits<double>::quiet_NaN(); });
                  }),
      fake_kernel("lazy", [](const Gemm&, const Operands&) {}),
      fake_kernel("past_the_end",
                  [=](const Gemm& g, const Operands& o) {
                    right(g, o);
                    write_bytes(end_of_out(o), 3);
                  }),
      fake_kernel("before_the_start",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o);
                    write_bytes(o.out.data - 8, 8);
                  }),
      fake_kernel("between_rows",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o);
                    if (g.ldc() > g.n) write_bytes(o.out.data + storage_bytes(o.out.shape.dtype, g.n), 1);
                  }),
      fake_kernel("changes_its_input",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o);
                    store(o.in[1], 0, load(o.in[1], 0) + 1);
                  }),
      fake_kernel(
          "past_its_workspace",
          [](const Gemm& g, const Operands& o) {
            right(g, o);
            write_bytes(o.workspace + 100, 1);
          },
          100),
      fake_kernel("throws", [](const Gemm&, const Operands&) { throw std::runtime_error("out of luck"); }),
      fake_kernel("slow",
                  [](const Gemm& g, const Operands& o) {
                    right(g, o);
                    std::this_thread::sleep_for(std::chrono::milliseconds(300));
                  }),
      fake_kernel("starts_late",
                  [first = std::make_shared<std::once_flag>()](const Gemm& g, const Operands& o) {
                    right(g, o);
                    std::call_once(*first,
                                   [] { std::this_thread::sleep_for(std::chrono::milliseconds(300)); });
                  }),
      fake_kernel("loses_the_device",
                  [](const Gemm&, const Operands&) { throw DeviceLost("fell off the bus"); }),
      fake_kernel("loses_it_too", [](const Gemm&, const Operands&) { throw DeviceLost("fell again"); }),
      fake_kernel("and_again", [](const Gemm&, const Operands&) { throw DeviceLost("fell a third time"); }),
      prepacking("prepacks", false),
      prepacking("prepacks_too_early", true),
      without_device("finds_none"),
      without_device("finds_none_too"),
      without_device("nor_does_this"),
      fake_kernel("segfaults", [](const Gemm&, const Operands&) { segfault(); }),
      set_up_by("segfaults_when_set_up", segfault),
      set_up_by("hangs_when_set_up", hang),
      fake_kernel("exits", [](const Gemm&, const Operands&) { std::_Exit(7); }),
      fake_kernel("hangs", [](const Gemm&, const Operands&) { hang(); }),
      fake_kernel("prints",
                  [](const Gemm& g, const Operands& o) {
                    std::printf("a library's banner without a newline {\"record\": \"result\"}");
                    std::fflush(stdout);
                    right(g, o);
                  }),
  };
}

Kernel refuses() {
  Kernel kernel = fake_kernel("refuses", {});
  kernel.supports = [](const Problem&, const Device&) { return Support::no("wants m to be prime"); };
  return kernel;
}

Backend absent() {
  Backend backend;
  backend.name = "absent";
  backend.probe = [] { return BackendStatus{Support::no("libabsent.so.1 not found"), {}, {}, {}}; };
  return backend;
}

const Registration register_fakes{{"gemm/fake", "fake"}, fakes};
const Registration register_refuses{{"gemm/fake", "fake"}, refuses};
const Registration register_absent{{"backends/absent", "absent"}, absent};
const Registration register_unavailable{{"gemm/fake", "fake"}, [] {
                                          Kernel kernel = fake_kernel("unavailable", {});
                                          kernel.backend = "absent";
                                          return kernel;
                                        }};

}  // namespace
}  // namespace gemmark::testing
