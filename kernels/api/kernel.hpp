// A kernel is one implementation of an operation; a plan is a kernel set up for one problem.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "kernels/api/device.hpp"
#include "kernels/api/problem.hpp"
#include "kernels/api/support.hpp"
#include "kernels/api/tensor.hpp"

namespace gemmark {

/// Whose work a kernel is: ours, the hardware vendor's library or an independent one, a framework's.
enum class Role : std::uint8_t { own, vendor, framework };

struct Operands {
  static constexpr int max_inputs = 4;
  std::array<Tensor, max_inputs> in{};  ///< in the order of operand_shapes()
  Tensor out{};
  std::byte* workspace = nullptr;  ///< Plan::workspace_bytes(), aligned to 4096
};

class Plan {
 public:
  virtual ~Plan() = default;
  /// Enqueues one computation, or computes it (host). No clock, printing, allocation or synchronisation.
  virtual void run(const Operands& operands, Queue queue) = 0;

  /// Scratch memory that run() needs and the caller owns.
  virtual std::int64_t workspace_bytes() const { return 0; }
  /// Memory of its own that run() reads in place of constant operands; before a cold call it is no more in a
  /// cache than they are.
  virtual std::span<std::byte> prepacked() const { return {}; }
  /// What was chosen at set-up: tile, library algorithm, core type. Empty where there was no choice.
  virtual std::string algorithm() const { return {}; }
  /// How many operations of the problem's precision really run where `flops` are counted: fewer with
  /// Winograd, nothing where those of another precision stand for them (emulation).
  virtual std::optional<double> flops_executed(double flops) const { return flops; }
};

struct PlanRequest {
  const Problem& problem;
  Device& device;
  int threads = 1;
  /// The operands that the problem marks constant, as they will be at run(), and no others; only for kernels
  /// that prepack, else null.
  const Operands* constants = nullptr;
};

struct Kernel {
  std::string name{};     ///< "gemm/avx512_packed"; filled in from the file's name when empty
  std::string variant{};  ///< shown as name[variant], where one file offers several kernels
  std::string backend{};  ///< filled in from the file's name
  std::string device_kind = "host";
  std::string op = "gemm";
  Role role = Role::own;
  std::string summary{};  ///< one line for `gemmark list`
  bool threaded = false;  ///< can use more than one host thread
  /// Transforms constant operands when it is set up. Of a kernel that can do with them and without, this is
  /// the variant "prepacked", a row of its own where a problem marks operands constant.
  bool prepacks = false;

  /// Whether it can compute this problem on this device. Only the problem and the device are asked about:
  /// the backend's own availability is Backend::probe's.
  std::function<Support(const Problem&, const Device&)> supports{};
  /// Sets the kernel up; called only where supports() said yes. Throws where the machine or library fails.
  std::function<std::unique_ptr<Plan>(const PlanRequest&)> plan{};
};

}  // namespace gemmark
