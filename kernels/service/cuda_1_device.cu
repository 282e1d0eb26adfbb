// NVIDIA GPUs: memory, a stream each, and three ways to time what is put on that stream.
//
// Cold: a gate kernel holds the stream until every launch is queued, so that events around the calls see the
// device's work and not the host's. Hot: a CUDA graph of many calls, replayed. Latency: the host's clock
// around launch and synchronisation.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>

#include "kernels/api/registry.hpp"
#include "kernels/service/cuda_architecture.hpp"
#include "kernels/service/cuda_check.hpp"
#include "kernels/service/cuda_memory.hpp"
#include "kernels/service/nvml.hpp"

namespace gemmark {
namespace {

// Calls behind one gate. The launch queue takes about a thousand launches before the host blocks, which
// behind a closed gate would last until the gate gives up.
constexpr int calls_a_gate = 64;
constexpr int calls_a_graph = 64;
constexpr int replays_a_gate = 16;
constexpr unsigned long long gate_patience_ns = 500'000'000;

struct Gate {
  unsigned opened;  // ticket of the last gate that may open
  unsigned late;    // ticket of the last gate that opened by itself
};

__device__ unsigned long long global_nanoseconds() {
  unsigned long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

__global__ void hold_until_open(volatile Gate* gate, unsigned ticket) {
  const unsigned long long start = global_nanoseconds();
  while (gate->opened != ticket) {
    __nanosleep(100);
    if (global_nanoseconds() - start <= gate_patience_ns) continue;
    gate->late = ticket;
    return;
  }
}

__global__ void nothing() {}

// The buffer holds zeros, so that nothing is written.
__global__ void read_through(uint4* data, std::size_t count) {
  unsigned seen = 0;
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    const uint4 v = data[i];
    seen |= v.x | v.y | v.z | v.w;
  }
  if (seen != 0) data[0].x = seen;
}

std::string dotted(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// Costs nothing until it is first used: a context takes most of a second and half a gigabyte, and a process
/// that only lists devices needs none.
class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int index) : index_(index) {
    cudaDeviceProp properties{};
    GEMMARK_CUDA_CHECK(cudaGetDeviceProperties(&properties, index));
    describe(properties);
  }
  ~CudaDevice() override {
    if (stream_ == nullptr) return;
    cudaSetDevice(index_);
    cudaFree(flush_);
    cudaFreeHost(gate_);
    cudaEventDestroy(stop_);
    cudaEventDestroy(start_);
    cudaStreamDestroy(stream_);
  }

  const DeviceInfo& info() const override { return info_; }

  std::unique_ptr<Memory> allocate(std::int64_t bytes) override {
    use();
    return std::make_unique<CudaMemory>(bytes);
  }
  void write(std::byte* to, const void* host_from, std::int64_t bytes) override {
    transfer(to, host_from, bytes, cudaMemcpyHostToDevice);
  }
  void read(void* host_to, const std::byte* from, std::int64_t bytes) override {
    transfer(host_to, from, bytes, cudaMemcpyDeviceToHost);
  }
  void copy(std::byte* to, const std::byte* from, std::int64_t bytes) override {
    transfer(to, from, bytes, cudaMemcpyDeviceToDevice);
  }
  void set(std::byte* to, std::byte value, std::int64_t bytes) override {
    use();
    GEMMARK_CUDA_CHECK(
        cudaMemsetAsync(to, std::to_integer<int>(value), static_cast<std::size_t>(bytes), stream_));
    synchronize();
  }
  std::int64_t free_bytes() override {
    use();
    std::size_t free = 0, total = 0;
    GEMMARK_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    return static_cast<std::int64_t>(free);
  }

  std::unique_ptr<Memory> allocate_host(std::int64_t bytes) override {
    use();
    return std::make_unique<PinnedMemory>(bytes);
  }
  void enqueue_write(std::byte* to, const std::byte* host_from, std::int64_t bytes) override {
    GEMMARK_CUDA_CHECK(
        cudaMemcpyAsync(to, host_from, static_cast<std::size_t>(bytes), cudaMemcpyHostToDevice, stream_));
  }
  void enqueue_read(std::byte* host_to, const std::byte* from, std::int64_t bytes) override {
    GEMMARK_CUDA_CHECK(
        cudaMemcpyAsync(host_to, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost, stream_));
  }

  std::optional<Sensors> sensors() override {
    if (!nvml_) return std::nullopt;
    return nvml_->read();
  }

  Queue queue() override {
    use();
    return {stream_};
  }
  void synchronize() override {
    use();
    GEMMARK_CUDA_CHECK(cudaStreamSynchronize(stream_));
  }
  void settle(int) override {
    use();
    GEMMARK_CUDA_CHECK(cudaDeviceSynchronize());
    GEMMARK_CUDA_CHECK(cudaCtxResetPersistingL2Cache());
  }

  // The caches have no operation that drops a range: twice their size is read through them. Written, the
  // lines would have to be put back to memory by whoever comes next, which was seen to cost 6 of 33
  // microseconds.
  void evict(std::byte*, std::int64_t) override {
    use();
    const auto bytes = static_cast<std::size_t>(2 * info_.last_level_cache_bytes());
    if (flush_ == nullptr) {
      GEMMARK_CUDA_CHECK(cudaMalloc(&flush_, bytes));
      GEMMARK_CUDA_CHECK(cudaMemsetAsync(flush_, 0, bytes, stream_));
    }
    GEMMARK_CUDA_CHECK(cudaCtxResetPersistingL2Cache());
    read_through<<<1024, 256, 0, stream_>>>(static_cast<uint4*>(flush_), bytes / sizeof(uint4));
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  }

  double time(Mode mode, int calls, const std::function<void(int)>& enqueue) override {
    use();
    synchronize();
    if (mode == Mode::latency || mode == Mode::offload) return latency(calls, enqueue);
    return mode == Mode::hot ? hot(calls, enqueue) : cold(calls, enqueue);
  }

 private:
  void use() {
    GEMMARK_CUDA_CHECK(cudaSetDevice(index_));
    if (stream_ == nullptr) open();
  }

  void open() {
    cudaFuncAttributes attributes{};
    GEMMARK_CUDA_CHECK(cudaFuncGetAttributes(&attributes, hold_until_open));
    GEMMARK_CUDA_CHECK(cudaEventCreate(&start_));
    GEMMARK_CUDA_CHECK(cudaEventCreate(&stop_));
    GEMMARK_CUDA_CHECK(cudaHostAlloc(&gate_, sizeof *gate_, cudaHostAllocMapped));
    gate_->opened = gate_->late = 0;
    GEMMARK_CUDA_CHECK(cudaHostGetDevicePointer(&gate_on_device_, gate_, 0));
    GEMMARK_CUDA_CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  }

  void describe(const cudaDeviceProp& properties) {
    const auto attribute = [&](cudaDeviceAttr which) {
      int value = 0;
      GEMMARK_CUDA_CHECK(cudaDeviceGetAttribute(&value, which, index_));
      return value;
    };
    info_.id = "cuda:" + std::to_string(index_);
    info_.kind = "cuda";
    info_.model = properties.name;
    info_.memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem);
    info_.caches = {
        {1, static_cast<std::int64_t>(properties.sharedMemPerMultiprocessor), properties.multiProcessorCount},
        {2, properties.l2CacheSize, 1}};
    int driver = 0, runtime = 0;
    GEMMARK_CUDA_CHECK(cudaDriverGetVersion(&driver));
    GEMMARK_CUDA_CHECK(cudaRuntimeGetVersion(&runtime));
    info_.facts = {{"sm", std::to_string(properties.major * 10 + properties.minor)},
                   {"multiprocessors", std::to_string(properties.multiProcessorCount)},
                   {"clock_max_mhz", std::to_string(attribute(cudaDevAttrClockRate) / 1000)},
                   {"memory_clock_max_mhz", std::to_string(attribute(cudaDevAttrMemoryClockRate) / 1000)},
                   {"memory_bus_bits", std::to_string(properties.memoryBusWidth)},
                   {"shared_kib_a_block", std::to_string(properties.sharedMemPerBlockOptin / 1024)},
                   {"ecc", properties.ECCEnabled ? "on" : "off"},
                   {"driver_cuda", dotted(driver)},
                   {"runtime_cuda", dotted(runtime)},
                   {"sensors", open_sensors()}};
  }

  // What became of it, for the reader: a machine without NVML measures as well, and says less.
  std::string open_sensors() {
    std::array<char, 32> bus_id{};
    GEMMARK_CUDA_CHECK(cudaDeviceGetPCIBusId(bus_id.data(), static_cast<int>(bus_id.size()), index_));
    try {
      nvml_.emplace(bus_id.data());
    } catch (const LibraryError& error) {
      return std::string("none: ") + error.what();
    }
    const auto watts = nvml_->power_limit_w();
    return "NVML" + (watts ? ", power limit " + std::to_string(std::lround(*watts)) + " W" : "");
  }

  void transfer(void* to, const void* from, std::int64_t bytes, cudaMemcpyKind kind) {
    use();
    GEMMARK_CUDA_CHECK(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), kind, stream_));
    synchronize();
  }

  double between_events() {
    GEMMARK_CUDA_CHECK(cudaEventSynchronize(stop_));
    float milliseconds = 0;
    GEMMARK_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, start_, stop_));
    return milliseconds * 1e-3;
  }

  double cold(int calls, const std::function<void(int)>& enqueue) {
    double total = 0;
    for (int first = 0; first < calls; first += calls_a_gate)
      total += behind_gate(first, std::min(calls, first + calls_a_gate), enqueue);
    return total;
  }

  double behind_gate(int first, int last, const std::function<void(int)>& enqueue) {
    shift_launches();
    const unsigned ticket = close_gate();
    GEMMARK_CUDA_CHECK(cudaEventRecord(start_, stream_));
    try {
      for (int i = first; i < last; ++i) enqueue(i);
    } catch (...) {
      open_gate(ticket);
      throw;
    }
    GEMMARK_CUDA_CHECK(cudaEventRecord(stop_, stream_));
    open_gate(ticket);
    const double seconds = between_events();
    GEMMARK_CUDA_CHECK(cudaGetLastError());
    if (static_cast<volatile Gate*>(gate_)->late == ticket)  // it opened by itself
      throw NotTimed("launches wait for the device, so that its time cannot be told from the host's");
    return seconds;
  }
  // On an H200 some launches of kernels that read by TMA began 0.8 µs late, which a profiler's times do not
  // show: with 4, 8 or 20 launches a sample all of a row's samples or none, with 5 about a quarter of them.
  // Why is not known; what comes before a sample varies, so that the median does not hang on the count.
  void shift_launches() {
    for (auto some = shift_() % 4; some > 0; --some) nothing<<<1, 1, 0, stream_>>>();
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  }
  unsigned close_gate() {
    hold_until_open<<<1, 1, 0, stream_>>>(gate_on_device_, ++ticket_);
    GEMMARK_CUDA_CHECK(cudaGetLastError());
    return ticket_;
  }
  void open_gate(unsigned ticket) { static_cast<volatile Gate*>(gate_)->opened = ticket; }

  // Calls repeat in the order in which the first calls_a_graph of them were captured. The gate holds the
  // first replays: what it takes from the host to the device was seen to be 2 ms on a virtual machine, as
  // much as a window of calls.
  double hot(int calls, const std::function<void(int)>& enqueue) {
    const int captured = std::min(calls, calls_a_graph);
    const int replays = calls / captured;
    cudaGraph_t graph = nullptr;
    GEMMARK_CUDA_CHECK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    try {
      for (int i = 0; i < captured; ++i) enqueue(i);
    } catch (...) {
      cudaStreamEndCapture(stream_, &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      cudaGetLastError();
      throw;
    }
    GEMMARK_CUDA_CHECK(cudaStreamEndCapture(stream_, &graph));
    cudaGraphExec_t executable = nullptr;
    const cudaError_t instantiated = cudaGraphInstantiate(&executable, graph, 0);
    cudaGraphDestroy(graph);
    GEMMARK_CUDA_CHECK(instantiated);
    GEMMARK_CUDA_CHECK(cudaGraphUpload(executable, stream_));
    synchronize();
    const unsigned ticket = close_gate();
    GEMMARK_CUDA_CHECK(cudaEventRecord(start_, stream_));
    for (int i = 0; i < replays; ++i) {
      if (i == replays_a_gate) open_gate(ticket);
      GEMMARK_CUDA_CHECK(cudaGraphLaunch(executable, stream_));
    }
    for (int i = replays * captured; i < calls; ++i) enqueue(i);
    GEMMARK_CUDA_CHECK(cudaEventRecord(stop_, stream_));
    open_gate(ticket);
    const double seconds = between_events();
    GEMMARK_CUDA_CHECK(cudaGraphExecDestroy(executable));
    return seconds;
  }

  double latency(int calls, const std::function<void(int)>& enqueue) {
    using clock = std::chrono::steady_clock;
    double total = 0;
    for (int i = 0; i < calls; ++i) {
      const auto start = clock::now();
      enqueue(i);
      GEMMARK_CUDA_CHECK(cudaStreamSynchronize(stream_));
      total += std::chrono::duration<double>(clock::now() - start).count();
    }
    return total;
  }

  int index_;
  DeviceInfo info_;
  std::optional<Nvml> nvml_;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
  Gate* gate_ = nullptr;
  Gate* gate_on_device_ = nullptr;
  unsigned ticket_ = 0;
  std::minstd_rand shift_;
  void* flush_ = nullptr;
};

std::vector<std::unique_ptr<Device>> make_devices(std::string& why_none) {
  std::vector<std::unique_ptr<Device>> devices;
  int count = 0, driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    why_none = "no NVIDIA driver";
    return devices;
  }
  // A module that loads lazily waits for the device, and the device for the gate.
  setenv("CUDA_MODULE_LOADING", "EAGER", 0);
  if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess || count == 0) {
    why_none = error != cudaSuccess ? cudaGetErrorString(error) : "the driver shows no device";
    if (error == cudaErrorInsufficientDriver)
      why_none = "the driver knows CUDA " + dotted(driver) + " at most, and this program was built with " +
                 dotted(CUDART_VERSION);
    cudaGetLastError();
    return devices;
  }
  for (int index = 0; index < count; ++index) try {
      auto device = std::make_unique<CudaDevice>(index);
      const Support code = has_code_for(*device, GEMMARK_ARCHITECTURES);
      if (!code) throw CudaError(code.why());
      devices.push_back(std::move(device));
    } catch (const std::exception& error) {
      why_none += (why_none.empty() ? "cuda:" : "; cuda:") + std::to_string(index) + ": " + error.what();
    }
  return devices;
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] { return DeviceFactory{"cuda", make_devices}; }};

}  // namespace gemmark
