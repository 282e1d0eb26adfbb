// What the link between host and GPU delivers, from and to pinned memory of the host.
#include <algorithm>
#include <cstddef>

#include "kernels/ceiling/launch.cuh"

namespace gemmark {
namespace {

constexpr std::int64_t transfer_bytes = 256 << 20;  // 5 ms at 50 GB/s: starting a copy does not count

template <cudaMemcpyKind kind>
LaunchRuns shapes(Device& device, int) {
  std::vector<std::byte> random = random_elements(Dtype::f32, 1 << 20, 1);
  while (std::ssize(random) < transfer_bytes) random = joined(random, random);
  const std::shared_ptr<Memory> pinned = device.allocate_host(transfer_bytes);
  std::copy_n(random.data(), transfer_bytes, pinned->data());
  const std::shared_ptr<Memory> memory = device.allocate(transfer_bytes);
  device.write(memory->data(), random.data(), transfer_bytes);
  LaunchRuns runs;
  runs.push_back(std::make_unique<LaunchRun>(
      [=](cudaStream_t stream) {
        void* there = memory->data();
        GEMMARK_CUDA_CHECK(cudaMemcpyAsync(kind == cudaMemcpyHostToDevice ? there : pinned->data(),
                                           kind == cudaMemcpyHostToDevice ? pinned->data() : there,
                                           transfer_bytes, kind, stream));
      },
      static_cast<double>(transfer_bytes), "256 MiB, pinned"));
  return runs;
}

Ceiling link(const char* name, const char* summary, LaunchRuns (*make)(Device&, int)) {
  return {.name = name,
          .device_kind = "cuda",
          .kind = Ceiling::Kind::link,
          .summary = summary,
          .supports = [](const Device&) { return Support::yes(); },
          .shapes = make};
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return std::vector{
          link("host_to_device", "from pinned memory of the host", shapes<cudaMemcpyHostToDevice>),
          link("device_to_host", "to pinned memory of the host", shapes<cudaMemcpyDeviceToHost>)};
    }};

}  // namespace gemmark
