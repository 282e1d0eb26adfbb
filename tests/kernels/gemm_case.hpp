// One kernel on one gemm problem, everything around its output watched.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"
#include "tests/kernels/forwarding_device.hpp"
#include "tests/kernels/naive.hpp"
#include "tests/kernels/staged.hpp"

namespace gemmark::testing {

/// Hands out memory of the host between guards, and tells whether whoever wrote to it stayed inside.
class WatchingDevice final : public ForwardingDevice {
 public:
  using ForwardingDevice::ForwardingDevice;
  std::unique_ptr<Memory> allocate(std::int64_t bytes) override {
    auto memory = std::make_unique<Watched>(bytes);
    watched_.push_back(memory.get());
    return memory;
  }
  /// Of all that it handed out, which must still be there.
  bool intact() const {
    return std::all_of(watched_.begin(), watched_.end(), [](const Watched* w) { return w->memory.intact(); });
  }

 private:
  struct Watched final : Memory {
    explicit Watched(std::int64_t bytes) : memory(bytes) {}
    std::byte* data() const override { return memory.data(); }
    std::int64_t bytes() const override { return memory.bytes(); }
    mutable Guarded memory;
  };
  std::vector<const Watched*> watched_;
};

/// B is a constant to kernels that make something of that.
inline Gemm posed_to(const Kernel& kernel, Gemm problem) {
  problem.const_b = kernel.prepacks;
  return problem;
}

/// The problem, its operands and what the definition makes of them, for as many kernels as there are.
class GemmCase {
 public:
  /// `exact`: small integers, so that every sum is exactly representable.
  GemmCase(const Gemm& g, bool exact, std::uint64_t seed)
      : problem(g),
        exact_(exact),
        shapes_(operand_shapes(problem)),
        a_(shapes_.in[0].span_bytes()),
        b_(shapes_.in[1].span_bytes()),
        old_c_(shapes_.out.span_bytes()) {
    Fill how{
        .distribution = exact ? Distribution::ints : Distribution::uniform, .seed = seed, .magnitude = 3};
    for (auto* part : {&a_, &b_, &old_c_}) {
      const Shape& shape = part == &a_ ? shapes_.in[0] : part == &b_ ? shapes_.in[1] : shapes_.out;
      ++how.seed;
      fill({shape, part->data()}, how);
      if (part == &old_c_ && g.beta == 0)
        for (std::int64_t row = 0; row < shape.row_count(); ++row)
          for (std::int64_t j = 0; j < shape.row_length(); ++j)
            store({shape, part->data()}, shape.row_offset(row) + j, std::nan(""));
    }
    operands_.in[0] = {shapes_.in[0], a_.data()};
    operands_.in[1] = {shapes_.in[1], b_.data()};
    products_ = naive_products(g, operands_);
    old_ = values({shapes_.out, old_c_.data()});
  }

  /// What is wrong with the kernel's answer; empty where nothing is.
  std::string complaint(const Kernel& kernel, Device& device, int threads) {
    Guarded c(shapes_.out.span_bytes());
    std::copy_n(old_c_.data(), shapes_.out.span_bytes(), c.data());
    const Problem whole = posed_to(kernel, problem);
    WatchingDevice watching(device);
    const bool watches = kernel.prepacks && device.info().kind == "host";
    std::unique_ptr<Plan> plan;
    const auto make = [&](const Operands* constants) {
      plan = kernel.plan({.problem = whole,
                          .device = watches ? static_cast<Device&>(watching) : device,
                          .threads = threads,
                          .constants = constants});
    };
    if (kernel.prepacks)
      on_device(device, operands_, {&b_}, [&](const Operands& there) { make(&there); });
    else
      make(nullptr);
    Guarded workspace(plan->workspace_bytes());
    Operands operands = operands_;
    operands.out = {shapes_.out, c.data()};
    operands.workspace = workspace.data();
    on_device(device, operands, {&a_, &b_, &c, &workspace},
              [&](const Operands& there) { plan->run(there, device.queue()); });
    if (!c.intact()) return "wrote outside C";
    if (!c.gaps_intact(shapes_.out)) return "wrote between the rows of C";
    if (!workspace.intact()) return "wrote outside its workspace";
    if (!a_.intact() || !b_.intact()) return "wrote around an operand";
    if (!watching.intact()) return "wrote outside of what it prepacked";
    return difference(values(operands.out));
  }

  const Gemm problem;

 private:
  std::string difference(const std::vector<double>& got) const {
    const PrecisionInfo& types = info(problem.in);
    const double unit =
        std::max(info(shapes_.out.dtype).unit_roundoff, types.accumulator_roundoff) + types.operand_roundoff;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double old_part = problem.beta == 0 ? 0 : problem.beta * old_[i];
      const double want = problem.alpha * products_[i].sum + old_part;
      // Worst case of any order of summation, twice; integers are summed exactly, scaled in fp32 and rounded.
      const double magnitude = std::abs(problem.alpha) * products_[i].magnitude + std::abs(old_part);
      const double bound = is_integer(shapes_.out.dtype)
                               ? 0.5 + 0x1p-22 * magnitude
                               : 2 * unit * static_cast<double>(problem.k + 4) * magnitude;
      if (exact_ ? got[i] == rounded(want) : std::abs(got[i] - want) <= bound) continue;
      return fmt::format("element {} is {} instead of {}", i, got[i], exact_ ? rounded(want) : want);
    }
    return {};
  }
  // Integers are exact in an accumulator, and only then rounded to the type of C.
  double rounded(double value) const {
    std::array<std::byte, W4::block_bytes> bytes{};  // the most that is read for one element of any type
    const Tensor one{shapes_.out, bytes.data()};
    store(one, 0, value);
    return load(one, 0);
  }

  bool exact_;
  OperandShapes shapes_;
  Guarded a_, b_, old_c_;
  Operands operands_;
  std::vector<Dot> products_;
  std::vector<double> old_;
};

/// Our own gemm kernels of a kind of device whose backend is here; the others are named with the reason.
inline std::vector<const Kernel*> runnable_kernels(const std::string& device_kind = "host") {
  std::vector<const Kernel*> found;
  for (const Kernel& kernel : Registry::global().kernels()) {
    if (kernel.op != "gemm" || kernel.device_kind != device_kind || kernel.role != Role::own) continue;
    if (const BackendStatus& status = Registry::global().status(kernel.backend); !status.available)
      WARN(kernel.name << " skipped: " << status.available.why());
    else
      found.push_back(&kernel);
  }
  return found;
}

/// Returns those of them that compute the problem.
inline std::set<const Kernel*> check_all(GemmCase& one, Device& device,
                                         std::initializer_list<int> thread_counts) {
  static std::map<std::string, std::vector<const Kernel*>> found;
  const std::string& kind = device.info().kind;
  if (!found.contains(kind)) found[kind] = runnable_kernels(kind);
  std::set<const Kernel*> tried;
  for (const Kernel* kernel : found[kind]) {
    const Problem posed = posed_to(*kernel, one.problem);
    if (!kernel->supports(posed, device)) continue;
    tried.insert(kernel);
    for (const int threads : thread_counts) {
      const std::string complaint = one.complaint(*kernel, device, threads);
      if (complaint.empty()) continue;
      INFO(kernel->name << ", " << threads << " threads: " << to_text(posed));
      FAIL_CHECK(complaint);
    }
  }
  return tried;
}

inline Device& host() {
  for (const auto& device : Registry::global().devices())
    if (device->info().kind == "host") return *device;
  throw std::runtime_error("no host device");
}
/// Bytes so few that a block holds a tile or two.
inline Device& tiny_host() {
  static FakeHost fake(host(), {{1, 1024, 1}, {2, 8192, 1}, {3, 16384, 1}});
  return fake;
}

}  // namespace gemmark::testing
