// What the harness reads on a GPU beside other ways to time the same calls: scripts/timing_truth.py runs it
// and a profiler on it. Not a test, since it is about time.
//
//   timing_truth measure    a JSON line a case: the harness's figures, and events around a batch of calls
//   timing_truth calls      calls on operands as a cold sample finds them, each and nothing else between
//                           cudaProfilerStart and Stop, a marker before it
#include <cuda_profiler_api.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "harness/lab.hpp"
#include "harness/prepare.hpp"
#include "harness/stats.hpp"
#include "kernels/service/cuda_check.hpp"

using namespace gemmark;

namespace {

struct TruthCase {
  const char* problem;
  const char* kernel;
};

// From microseconds to milliseconds, CUDA cores and Tensor cores, bound by arithmetic and by memory.
constexpr TruthCase truth_cases[] = {
    {"gemm m=512 n=512 k=512 in=bf16 tb=1", "gemm/wgmma_persistent"},
    {"gemm m=1024 n=1024 k=1024 in=fp16 tb=1", "gemm/cublaslt_matmul[heuristic]"},
    {"gemm m=16 n=14336 k=4096 in=bf16 tb=1", "gemm/wgmma_persistent"},
    {"gemm m=1 n=4096 k=4096 in=fp32", "gemm/cuda_coalesced"},
    {"gemm m=2048 n=2048 k=2048 in=bf16 tb=1", "gemm/wmma_pipelined"},
    {"gemm m=4096 n=4096 k=4096 in=fp8 tb=1", "gemm/wgmma_persistent"},
    {"gemm m=4096 n=4096 k=4096 in=bf16 tb=1", "gemm/cublaslt_matmul[heuristic]"},
    {"gemm m=2048 n=2048 k=2048 in=fp32 tb=1", "gemm/cuda_pipelined"},
    {"gemm m=4096 n=4096 k=4096 in=fp64 tb=1", "gemm/mma_fp64"},
    {"gemm m=8192 n=8192 k=8192 in=bf16 tb=1", "gemm/wgmma_persistent"}};

__global__ void truth_marker() {}

// Long enough for a batch to be queued behind it.
__global__ void truth_delay() {
  for (const long long start = clock64(); clock64() - start < 1'000'000;) continue;
}

Device& gpu() {
  for (const auto& device : Registry::global().devices())
    if (device->info().kind == "cuda") return *device;
  std::string why;
  for (const auto& [kind, reason] : Registry::global().missing_devices())
    if (kind == "cuda") why = reason;
  throw std::runtime_error("no GPU: " + why);
}

const Kernel* kernel_of(const TruthCase& one, Device& device, std::string& why_not) {
  for (const Kernel& kernel : Registry::global().kernels()) {
    if (kernel.name != one.kernel) continue;
    const Support& here = Registry::global().status(kernel.backend).available;
    const Support can = here ? kernel.supports(parse_problem(one.problem), device) : here;
    why_not = can.why();
    return can ? &kernel : nullptr;
  }
  why_not = "there is no such kernel";
  return nullptr;
}

/// A kernel with operands to rotate through.
struct Calls {
  Calls(const TruthCase& one, const Kernel& kernel, Device& device)
      : problem(parse_problem(one.problem)),
        sets(device, problem, OperandSets::wanted_sets(device, problem)),
        plan(kernel.plan({.problem = problem, .device = device})),
        workspace(device, plan->workspace_bytes()),
        checker(Registry::global().checker(device)),
        queue(device.queue()) {
    for (std::size_t i = 0; i < 2; ++i) checker->fill(sets[0].in[i], {.seed = i});
    sets.replicate();
    for (int i = 0; i < 3; ++i) run(0);
    device.synchronize();
  }
  /// The next set, as the harness prepares it for a cold sample.
  int make_cold() {
    const int set = next_set++ % sets.count();
    checker->poison(sets[set].out);
    if (!sets.larger_than_cache()) sets.evict(set);
    return set;
  }
  void run(int set) {
    Operands operands = sets[set];
    operands.workspace = workspace.data();
    plan->run(operands, queue);
  }

  Problem problem;
  OperandSets sets;
  std::unique_ptr<Plan> plan;
  Workspace workspace;
  std::unique_ptr<Checker> checker;
  Queue queue;
  int next_set = 0;
};

/// Seconds a call, by events around a batch that is queued before the first of it starts. Batches go on for
/// as long as the harness's hot block, which lets the chip throttle as it does there.
double batch_s(Calls& calls, double call_s) {
  const int batch = std::clamp(static_cast<int>(4e-3 / call_s), 3, 40);
  const int repeats = std::clamp(static_cast<int>(1 / (batch * call_s)), 9, 1000);
  const cudaStream_t stream = stream_of(calls.queue);
  cudaEvent_t start = nullptr, stop = nullptr;
  GEMMARK_CUDA_CHECK(cudaEventCreate(&start));
  GEMMARK_CUDA_CHECK(cudaEventCreate(&stop));
  std::vector<double> seconds;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    truth_delay<<<1, 1, 0, stream>>>();
    GEMMARK_CUDA_CHECK(cudaEventRecord(start, stream));
    for (int i = 0; i < batch; ++i) calls.run(0);
    GEMMARK_CUDA_CHECK(cudaEventRecord(stop, stream));
    GEMMARK_CUDA_CHECK(cudaEventSynchronize(stop));
    float milliseconds = 0;
    GEMMARK_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, start, stop));
    seconds.push_back(milliseconds * 1e-3 / batch);
  }
  return median(seconds);
}

void measure(Device& device) {
  Lab lab{Registry::global(), {}};
  lab.options.ceilings = CeilingPolicy::off;
  lab.options.time_limit_s = 0.5;
  lab.options.target = 0.002;
  ResultRecord record;
  lab.on_result = [&](const ResultRecord& measured) { record = measured; };
  survey(lab, {{"", device.info().id, Mode::cold, 1, {}}});
  for (const TruthCase& one : truth_cases) {
    std::string why_not;
    const Kernel* kernel = kernel_of(one, device, why_not);
    if (kernel == nullptr) {
      std::printf("{\"problem\": \"%s\", \"kernel\": \"%s\", \"why\": \"%s\"}\n", one.problem, one.kernel,
                  why_not.c_str());
      continue;
    }
    const auto measured = [&](Mode mode) {
      measure_unit(lab, {"", device.info().id, mode, 1, {{one.problem, one.kernel, 1}}});
      if (!record.median_s)
        throw std::runtime_error(record.kernel + ": " + record.status + ": " + record.why);
      return record;
    };
    const ResultRecord hot = measured(Mode::hot), cold = measured(Mode::cold);
    std::vector<double> samples = cold.samples_s;
    std::sort(samples.begin(), samples.end());
    const double bias = cold.timer_bias_s.value_or(0);
    Calls calls(one, *kernel, device);
    std::printf(
        "{\"problem\": \"%s\", \"kernel\": \"%s\", \"cold_s\": %.9g, \"cold_quartiles_s\": [%.9g, %.9g], "
        "\"cold_samples\": %zu, \"cold_bias_s\": %.9g, \"hot_s\": %.9g, \"batch_hot_s\": %.9g}\n",
        one.problem, one.kernel, *cold.median_s, samples[samples.size() / 4] - bias,
        samples[samples.size() * 3 / 4] - bias, samples.size(), bias, *hot.median_s,
        batch_s(calls, *hot.median_s));
    std::fflush(stdout);
  }
}

void call(Device& device) {
  constexpr int repeats = 25;
  std::string why_not;
  for (const TruthCase& one : truth_cases)
    if (const Kernel* kernel = kernel_of(one, device, why_not)) {
      Calls calls(one, *kernel, device);
      for (int i = 0; i < repeats; ++i) {
        const int set = calls.make_cold();
        device.settle(1);
        GEMMARK_CUDA_CHECK(cudaProfilerStart());
        truth_marker<<<1, 1, 0, stream_of(calls.queue)>>>();
        calls.run(set);
        device.synchronize();
        GEMMARK_CUDA_CHECK(cudaProfilerStop());
      }
    }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count == 2 && std::strcmp(arguments[1], "measure") == 0) return measure(gpu()), 0;
  if (count == 2 && std::strcmp(arguments[1], "calls") == 0) return call(gpu()), 0;
  std::fprintf(stderr, "usage: timing_truth measure | calls\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "timing_truth: %s\n", error.what());
  return 4;
}
