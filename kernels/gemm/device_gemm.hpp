// What every GEMM kernel of a GPU shares on the host's side: refusals, and a plan that is one launch
// function.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "kernels/api/registry.hpp"
#include "kernels/service/cuda_architecture.hpp"
#include "kernels/service/cuda_check.hpp"

namespace gemmark {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// A plan that calls `launch(operands, stream)`, which must only enqueue.
class LaunchPlan final : public Plan {
 public:
  using Launch = std::function<void(const Operands&, cudaStream_t)>;
  explicit LaunchPlan(Launch launch, std::string algorithm = {}, std::int64_t workspace_bytes = 0)
      : launch_(std::move(launch)), algorithm_(std::move(algorithm)), workspace_(workspace_bytes) {}

  void run(const Operands& operands, Queue queue) override { launch_(operands, stream_of(queue)); }
  std::string algorithm() const override { return algorithm_; }
  std::int64_t workspace_bytes() const override { return workspace_; }

 private:
  Launch launch_;
  std::string algorithm_;
  std::int64_t workspace_;
};

/// Of the hardware, and of the code of the file that asks. Static: merged across files, one would answer for
/// another.
[[maybe_unused]] static Support needs_sm(const Device& device, int sm, bool exactly = false) {
  const int found = sm_version(device);
  if (exactly ? found != sm : found < sm)
    return Support::no("needs sm_" + std::to_string(sm) + (exactly ? "a" : "") + ", found sm_" +
                       std::to_string(found));
  if (has_code_for(device, GEMMARK_ARCHITECTURES)) return Support::yes();
  return Support::no("is compiled for " GEMMARK_ARCHITECTURES ", not for sm_" + std::to_string(found));
}

/// Lets a kernel take that much dynamic shared memory a block on that device, which becomes the current one:
/// the runtime keeps this for each device.
template <class Function>
void allow_shared(const Device& device, Function* kernel, int bytes) {
  make_current(device);
  GEMMARK_CUDA_CHECK(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                          cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
}

/// Dynamic shared memory of one block.
inline Support needs_shared(const Device& device, int bytes) {
  const auto fact = device.info().facts.find("shared_kib_a_block");
  if (fact == device.info().facts.end() || bytes <= std::stoi(fact->second) * 1024) return Support::yes();
  return Support::no("needs " + std::to_string(ceil_div(bytes, 1024)) +
                     " KiB of shared memory a block, this device has " + fact->second);
}

/// For kernels that count extents in 32 bits, or bits and bytes of them.
inline Support extents_below(const Gemm& g, int power_of_two) {
  if (std::max({g.m, g.n, g.k}) < std::int64_t{1} << power_of_two) return Support::yes();
  return Support::no("an extent of 2^" + std::to_string(power_of_two) + " or more");
}

inline Support writes_only_its_own_type(const Gemm& g) {
  if (!g.out || *g.out == info(g.in).out) return Support::yes();
  return Support::no("writes " + std::string(name(info(g.in).out)) + " only");
}

inline Support has_no(Precision precision) {
  return Support::no("has no " + std::string(name(precision)) + " variant");
}

}  // namespace gemmark
