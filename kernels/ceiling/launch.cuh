// Ceilings of a GPU: one launch over every multiprocessor, in several shapes. What the loops multiply are
// random numbers, since zeros draw less power and run at higher clocks than any real data; their sums are
// arranged to cancel or to stay bounded, so that no operand ever becomes infinite or still.
//
// A loop is timed in looks of 10 ms with rests between them, at whatever clock the device then takes: a
// limit, which a kernel that runs until the power limit lowers the clock stays below.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/api/random.hpp"
#include "kernels/api/stored.hpp"
#include "kernels/gemm/device_gemm.hpp"

namespace gemmark {

/// One launch shape: `launch` only enqueues; `work` is operations or bytes of one launch.
class LaunchRun final : public CeilingRun {
 public:
  using Launch = std::function<void(cudaStream_t)>;
  LaunchRun(Launch launch, double work, std::string shape)
      : launch_(std::move(launch)), work_(work), shape_(std::move(shape)) {}

  void run(Queue queue) override {
    launch_(stream_of(queue));
    GEMMARK_CUDA_CHECK(cudaGetLastError());
  }
  double work() const override { return work_; }
  std::string shape() const override { return shape_; }

 private:
  Launch launch_;
  double work_;
  std::string shape_;
};

using LaunchRuns = std::vector<std::unique_ptr<CeilingRun>>;

inline int multiprocessors(const Device& device) {
  return std::stoi(device.info().facts.at("multiprocessors"));
}

inline std::string launch_text(int blocks, int threads) {
  return std::to_string(blocks) + " blocks of " + std::to_string(threads) + " threads";
}

/// Random operands in the device's memory, and room for every thread's result.
struct LoopMemory {
  std::shared_ptr<Memory> operands, results;

  /// `bytes` are copied to the device.
  LoopMemory(Device& device, const std::vector<std::byte>& bytes, std::int64_t result_bytes)
      : operands(device.allocate(static_cast<std::int64_t>(bytes.size()))),
        results(device.allocate(result_bytes)) {
    device.write(operands->data(), bytes.data(), static_cast<std::int64_t>(bytes.size()));
  }
};

/// `count` elements uniform in [-1, 1] (8-bit integers -127 … 127, 4-bit ones any), as their bits.
inline std::vector<std::byte> random_elements(Dtype dtype, std::int64_t count, std::uint64_t seed) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(storage_bytes(dtype, count)));
  const Fill fill{Distribution::uniform, seed};
  for (std::int64_t i = 0; i < count; ++i)
    if (dtype == Dtype::s4)
      bytes[static_cast<std::size_t>(i / 2)] |= std::byte(random_bits(seed, i) % 16 << 4 * (i % 2));
    else
      store_value(dtype, bytes.data() + storage_bytes(dtype, i),
                  fill_value(fill, static_cast<std::uint64_t>(i), dtype == Dtype::s8));
  return bytes;
}

/// Every element times −1, as its bits.
inline std::vector<std::byte> negated(Dtype dtype, std::vector<std::byte> bytes) {
  const int size = info(dtype).bits / 8;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (dtype == Dtype::s8)
      bytes[i] = std::byte(-std::to_integer<int>(bytes[i]));
    else if (dtype == Dtype::s4)  // two's complement of each half, −8 staying itself
      bytes[i] = std::byte((-(std::to_integer<int>(bytes[i]) & 15) & 15) |
                           (-(std::to_integer<int>(bytes[i]) >> 4) & 15) << 4);
    else if (static_cast<int>(i) % size == size - 1)
      bytes[i] ^= std::byte{0x80};
  return bytes;
}

inline std::vector<std::byte> joined(std::vector<std::byte> first, const std::vector<std::byte>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Static, as needs_sm() is.
[[maybe_unused]] static Ceiling gpu_compute_ceiling(std::string name, std::optional<Precision> precision,
                                                    std::string summary, int least_sm, bool exactly,
                                                    LaunchRuns (*shapes)(Device&)) {
  return {.name = std::move(name),
          .device_kind = "cuda",
          .kind = Ceiling::Kind::compute,
          .precision = precision,
          .summary = std::move(summary),
          .supports = [=](const Device& device) { return needs_sm(device, least_sm, exactly); },
          .shapes = [=](Device& device, int) { return shapes(device); }};
}

}  // namespace gemmark
