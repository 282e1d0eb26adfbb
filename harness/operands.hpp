// The memory of one problem: several identical operand sets to rotate through, each buffer between guard
// zones of patterned bytes, gaps between rows patterned too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/kernel.hpp"
#include "kernels/api/problem.hpp"

namespace gemmark {

/// Every bit set: a NaN in every float format, so that what is read from a guard zone shows in the result.
inline constexpr std::byte guard_byte{0xff};
inline constexpr std::int64_t guard_bytes = 4096;

/// Of a tensor's elements, gaps between rows left out.
inline std::int64_t element_bytes(const Shape& shape) { return storage_bytes(shape.dtype, shape.count()); }

/// A buffer with its guard zones: [data − guard_bytes, data + bytes rounded up to 4096 + guard_bytes).
struct GuardedBuffer {
  std::byte* data = nullptr;
  std::int64_t bytes = 0;

  static std::int64_t footprint(std::int64_t bytes);
  std::byte* begin() const { return data - guard_bytes; }
  std::int64_t tail_bytes() const { return footprint(bytes) - guard_bytes - bytes; }
  /// "12 bytes past its end were written", or empty.
  std::string damage(Device& device) const;
};

class OperandSets {
 public:
  /// How many sets are together at least twice the caches, but not more than `max_sets`.
  static constexpr int max_sets = 256;
  static int wanted_sets(const Device& device, const Problem& problem);
  static std::int64_t bytes_per_set(const Problem& problem);

  OperandSets(Device& device, const Problem& problem, int sets);

  int count() const { return static_cast<int>(sets_.size()); }
  const Operands& operator[](int index) const { return sets_[static_cast<std::size_t>(index)]; }
  /// The output's content before a run, where the problem reads it.
  const Tensor* old_out() const { return old_out_.data != nullptr ? &old_out_ : nullptr; }
  Tensor* old_out() { return old_out_.data != nullptr ? &old_out_ : nullptr; }

  /// Makes every set's inputs what those of set 0 are.
  void replicate();
  void copy_inputs(int to_set);
  /// Overwrites a whole set, its guard zones and gaps included, with the pattern.
  void pattern(int index);
  /// Poisons are the checker's; this puts the old content back where the problem reads it.
  void restore_out(int index);
  /// Drops a set from the caches: its output, which has just been reset, and the inputs where the sets
  /// together do not fill the caches.
  void make_cold(int index);
  bool larger_than_cache() const { return larger_than_cache_; }
  /// What was written outside the operands of a set, or empty.
  std::string damage(int index) const;

 private:
  std::vector<GuardedBuffer> buffers_of(const Operands& set) const;  ///< the output last

  Device& device_;
  OperandShapes shapes_;
  std::unique_ptr<Memory> memory_;
  std::vector<Operands> sets_;
  Tensor old_out_;
  bool larger_than_cache_ = false;
};

/// The host's copies of an operand set, in memory that the device copies at full speed: what offloading a
/// problem has to send and to fetch. The output is sent too where the problem reads it.
class Staging {
 public:
  /// Takes over the content of `set`.
  Staging(Device& device, const Problem& problem, const Operands& set);
  void send(Device& device, const Operands& set) const;
  void fetch(Device& device, const Operands& set) const;

 private:
  OperandShapes shapes_;
  std::vector<std::unique_ptr<Memory>> in_;
  std::unique_ptr<Memory> old_out_, out_;
};

/// A kernel's scratch memory between guard zones.
class Workspace {
 public:
  Workspace(Device& device, std::int64_t bytes);
  std::byte* data() const { return buffer_.data; }
  std::string damage() const { return buffer_.bytes == 0 ? std::string{} : buffer_.damage(device_); }

 private:
  Device& device_;
  std::unique_ptr<Memory> memory_;
  GuardedBuffer buffer_;
};

}  // namespace gemmark
