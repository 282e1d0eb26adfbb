// What the harness reads on a GPU beside other ways to time the same calls: scripts/timing_truth.py runs it
// and a profiler on it. Not a test, since it is about time.
//
//   timing_truth measure    a JSON line a case: the harness's figures, and events around a batch of calls
//   timing_truth calls      calls on operands as a cold sample finds them, each and nothing else between
//                           cudaProfilerStart and Stop, a marker before it
//   timing_truth traced     a JSON line a case: seconds of the kernels of each such call, from CUPTI
#include <cuda_profiler_api.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "harness/lab.hpp"
#include "harness/prepare.hpp"
#include "harness/stats.hpp"
#include "kernels/api/library.hpp"
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
    sets.make_cold(set);
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

// As in any run of several kernels, a cold sample of one follows those of the others: alone, a heavy kernel
// would heat and throttle the chip by itself, which ncu's single calls do not.
void measure(Device& device) {
  Unit unit{"", device.info().id, Mode::cold, 1, {}};
  std::vector<std::pair<const TruthCase*, const Kernel*>> cases;
  for (const TruthCase& one : truth_cases) {
    std::string why_not;
    if (const Kernel* kernel = kernel_of(one, device, why_not)) {
      cases.emplace_back(&one, kernel);
      unit.cases.push_back({to_text(parse_problem(one.problem)), one.kernel, 1});
    } else {
      std::printf("{\"problem\": \"%s\", \"kernel\": \"%s\", \"why\": \"%s\"}\n", one.problem, one.kernel,
                  why_not.c_str());
    }
  }
  Lab lab{Registry::global(), {}};
  lab.options.ceilings = CeilingPolicy::off;
  lab.options.time_limit_s = 0.5;
  lab.options.target = 0.002;
  std::map<RowKey, ResultRecord> records;
  lab.on_result = [&](const ResultRecord& record) {
    if (!record.median_s) throw std::runtime_error(record.kernel + ": " + record.status + ": " + record.why);
    records[key_of(record)] = record;
  };
  survey(lab, {unit});
  const auto measured = [&](Mode mode) {
    unit.mode = mode;
    measure_unit(lab, unit);
    std::vector<ResultRecord> in_order;
    for (const Case& row : unit.cases) in_order.push_back(records.at(key_of(row, unit)));
    return in_order;
  };
  std::vector<double> empty_s;
  for (int i = 0; i < 101; ++i)
    empty_s.push_back(timed_at_last([&] {
      return device.time(Mode::cold, 1, [&](int) { truth_marker<<<1, 1, 0, stream_of(device.queue())>>>(); });
    }));
  const std::vector<ResultRecord> hot = measured(Mode::hot), cold = measured(Mode::cold);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& [one, kernel] = cases[i];
    std::vector<double> samples = cold[i].samples_s;
    std::sort(samples.begin(), samples.end());
    const double bias = cold[i].timer_bias_s.value_or(0);
    Calls calls(*one, *kernel, device);
    std::printf(
        "{\"problem\": \"%s\", \"kernel\": \"%s\", \"cold_s\": %.9g, \"cold_quartiles_s\": [%.9g, %.9g], "
        "\"cold_samples\": %zu, \"cold_bias_s\": %.9g, \"empty_s\": %.9g, \"hot_s\": %.9g, "
        "\"batch_hot_s\": %.9g}\n",
        one->problem, one->kernel, *cold[i].median_s, samples[samples.size() / 4] - bias,
        samples[samples.size() * 3 / 4] - bias, samples.size(), bias, median(empty_s) - bias,
        *hot[i].median_s, batch_s(calls, *hot[i].median_s));
    std::fflush(stdout);
  }
}

constexpr int repeats = 25;

/// Prepares calls of every case that can run here; `time(calls, set, i)` makes and times the i-th of its
/// case.
template <class Time>
void each_call(Device& device, Time time) {
  std::string why_not;
  for (const TruthCase& one : truth_cases)
    if (const Kernel* kernel = kernel_of(one, device, why_not)) {
      Calls calls(one, *kernel, device);
      for (int i = 0; i < repeats; ++i) {
        const int set = calls.make_cold();
        device.settle(1);
        time(calls, set, i);
      }
    }
}

void call(Device& device) {
  each_call(device, [&](Calls& calls, int set, int) {
    GEMMARK_CUDA_CHECK(cudaProfilerStart());
    truth_marker<<<1, 1, 0, stream_of(calls.queue)>>>();
    calls.run(set);
    device.synchronize();
    GEMMARK_CUDA_CHECK(cudaProfilerStop());
  });
}

/// The times at which kernels began and ended, from CUPTI's activity records: opened at run time, and of its
/// header only what all versions since CUDA 8 share.
class Trace {
 public:
  Trace() : flush_(cupti_.function<Flush>("cuptiActivityFlushAll")) {
    next_ = cupti_.function<Next>("cuptiActivityGetNextRecord");
    check(cupti_.function<Register>("cuptiActivityRegisterCallbacks")(give_buffer, take_buffer));
    check(cupti_.function<Enable>("cuptiActivityEnable")(kernel_kind));
  }
  /// Seconds of the kernels that have ended since it was last asked.
  double seconds() {
    check(flush_(1));
    return static_cast<double>(std::exchange(nanoseconds_, 0)) * 1e-9;
  }

 private:
  using Give = void(std::uint8_t**, std::size_t*, std::size_t*);
  using Take = void(void*, std::uint32_t, std::uint8_t*, std::size_t, std::size_t);
  using Register = int(Give*, Take*);
  using Enable = int(int);
  using Flush = int(std::uint32_t);
  using Next = int(std::uint8_t*, std::size_t, void**);
  static constexpr int kernel_kind = 10;  // CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL
  struct Record {                         // the head of CUpti_ActivityKernel3 … 10
    std::uint32_t kind;
    std::uint8_t cache, shared;
    std::uint16_t registers;
    std::uint32_t partitioned[2];
    std::uint64_t start, end;
  };

  static Library open() {
    for (const char* name : {"libcupti.so.13", "libcupti.so.12"}) try {
        return Library::open(name);
      } catch (const LibraryError&) {
      }
    return Library::open("libcupti.so");
  }
  static void check(int status) {
    if (status != 0) throw std::runtime_error("CUPTI: error " + std::to_string(status));
  }
  static void give_buffer(std::uint8_t** buffer, std::size_t* size, std::size_t* most_records) {
    *size = std::size_t{1} << 20, *most_records = 0;
    *buffer = static_cast<std::uint8_t*>(std::aligned_alloc(8, *size));
  }
  static void take_buffer(void*, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t valid) {
    void* at = nullptr;
    while (next_(buffer, valid, &at) == 0) {
      const auto* record = static_cast<const Record*>(at);
      if (record->kind == kernel_kind) nanoseconds_ += record->end - record->start;
    }
    std::free(buffer);
  }

  static inline std::uint64_t nanoseconds_ = 0;
  static inline Next* next_ = nullptr;
  Library cupti_ = open();
  Flush* flush_;
};

void trace() {
  Trace trace;  // before the device is first used
  Device& device = gpu();
  each_call(device, [&](Calls& calls, int set, int i) {
    trace.seconds();
    calls.run(set);
    device.synchronize();
    std::printf("%s%.9g%s", i == 0 ? "[" : ", ", trace.seconds(), i + 1 == repeats ? "]\n" : "");
  });
}

}  // namespace

int main(int count, char** arguments) try {
  if (count == 2 && std::strcmp(arguments[1], "measure") == 0) return measure(gpu()), 0;
  if (count == 2 && std::strcmp(arguments[1], "calls") == 0) return call(gpu()), 0;
  if (count == 2 && std::strcmp(arguments[1], "traced") == 0) return trace(), 0;
  std::fprintf(stderr, "usage: timing_truth measure | calls | traced\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "timing_truth: %s\n", error.what());
  return 4;
}
