#include "harness/operands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace gemmark {
namespace {

constexpr std::int64_t alignment = 4096;

std::int64_t round_up(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

std::int64_t unpatterned(Device& device, const std::byte* from, std::int64_t bytes) {
  std::vector<std::byte> copy(static_cast<std::size_t>(bytes));
  device.read(copy.data(), from, bytes);
  return std::count_if(copy.begin(), copy.end(), [](std::byte b) { return b != guard_byte; });
}

// Bytes between the rows of a tensor that no longer hold the pattern.
std::int64_t gap_damage(Device& device, const Tensor& tensor) {
  const Shape& shape = tensor.shape;
  const std::int64_t row_bytes = storage_bytes(shape.dtype, shape.row_length());
  std::int64_t damaged = 0, expected = 0;
  for (std::int64_t r = 0; r < shape.row_count(); ++r) {
    const std::int64_t at = storage_bytes(shape.dtype, shape.row_offset(r));
    if (at > expected) damaged += unpatterned(device, tensor.data + expected, at - expected);
    expected = at + row_bytes;
  }
  return damaged;
}

// What a set occupies of a cache.
std::int64_t element_bytes(const OperandShapes& shapes) {
  std::int64_t bytes = element_bytes(shapes.out);
  for (const Shape& shape : shapes.in) bytes += element_bytes(shape);
  return bytes;
}

}  // namespace

std::int64_t GuardedBuffer::footprint(std::int64_t bytes) {
  return bytes == 0 ? 2 * guard_bytes : guard_bytes + round_up(bytes) + guard_bytes;
}

std::string GuardedBuffer::damage(Device& device) const {
  if (const auto before = unpatterned(device, begin(), guard_bytes); before > 0)
    return fmt::format("{} bytes before its start were written", before);
  if (const auto after = unpatterned(device, data + bytes, tail_bytes()); after > 0)
    return fmt::format("{} bytes past its end were written", after);
  return {};
}

std::int64_t OperandSets::bytes_per_set(const Problem& problem) {
  const OperandShapes shapes = operand_shapes(problem);
  std::int64_t bytes = GuardedBuffer::footprint(shapes.out.span_bytes());
  for (const Shape& shape : shapes.in) bytes += GuardedBuffer::footprint(shape.span_bytes());
  return bytes;
}

int OperandSets::wanted_sets(const Device& device, const Problem& problem) {
  const std::int64_t set = std::max<std::int64_t>(1, element_bytes(operand_shapes(problem)));
  const std::int64_t wanted = (2 * device.info().cache_bytes() + set - 1) / set;
  return static_cast<int>(std::clamp<std::int64_t>(wanted, 1, max_sets));
}

OperandSets::OperandSets(Device& device, const Problem& problem, int sets)
    : device_(device), shapes_(operand_shapes(problem)) {
  const std::int64_t old_bytes = shapes_.reads_out ? GuardedBuffer::footprint(shapes_.out.span_bytes()) : 0;
  const std::int64_t total = sets * bytes_per_set(problem) + old_bytes;
  memory_ = device.allocate(total);
  device.set(memory_->data(), guard_byte, total);
  std::byte* next = memory_->data();
  const auto place = [&](const Shape& shape) {
    const Tensor tensor{shape, next + guard_bytes};
    next += GuardedBuffer::footprint(shape.span_bytes());
    return tensor;
  };
  for (int s = 0; s < sets; ++s) {
    Operands set;
    for (std::size_t i = 0; i < shapes_.in.size(); ++i) set.in[i] = place(shapes_.in[i]);
    set.out = place(shapes_.out);
    sets_.push_back(set);
  }
  if (shapes_.reads_out) old_out_ = place(shapes_.out);
  larger_than_cache_ = sets * element_bytes(shapes_) >= 2 * device.info().cache_bytes();
}

std::vector<GuardedBuffer> OperandSets::buffers_of(const Operands& set) const {
  std::vector<GuardedBuffer> buffers;
  for (std::size_t i = 0; i < shapes_.in.size(); ++i)
    buffers.push_back({set.in[i].data, shapes_.in[i].span_bytes()});
  buffers.push_back({set.out.data, shapes_.out.span_bytes()});
  return buffers;
}

void OperandSets::replicate() {
  for (int s = 1; s < count(); ++s) copy_inputs(s);
}

void OperandSets::copy_inputs(int to_set) {
  for (std::size_t i = 0; i < shapes_.in.size(); ++i)
    device_.copy((*this)[to_set].in[i].data, (*this)[0].in[i].data, shapes_.in[i].span_bytes());
}

void OperandSets::pattern(int index) {
  for (const GuardedBuffer& buffer : buffers_of((*this)[index]))
    device_.set(buffer.begin(), guard_byte, GuardedBuffer::footprint(buffer.bytes));
}

void OperandSets::restore_out(int index) {
  if (old_out() != nullptr) device_.copy((*this)[index].out.data, old_out_.data, shapes_.out.span_bytes());
}

void OperandSets::make_cold(int index) {
  const std::vector<GuardedBuffer> buffers = buffers_of((*this)[index]);
  const std::size_t first = larger_than_cache_ ? buffers.size() - 1 : 0;
  for (std::size_t i = first; i < buffers.size(); ++i) device_.evict(buffers[i].data, buffers[i].bytes);
}

std::string OperandSets::damage(int index) const {
  const Operands& set = (*this)[index];
  const std::vector<GuardedBuffer> buffers = buffers_of(set);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const bool is_out = i + 1 == buffers.size();
    const std::string operand = is_out ? "the output" : fmt::format("input {}", i);
    if (const std::string what = buffers[i].damage(device_); !what.empty())
      return fmt::format("{}: {}", operand, what);
    if (const auto gap = gap_damage(device_, is_out ? set.out : set.in[i]); gap > 0)
      return fmt::format("{}: {} bytes between its rows were written", operand, gap);
  }
  return {};
}

Staging::Staging(Device& device, const Problem& problem, const Operands& set)
    : shapes_(operand_shapes(problem)),
      old_out_(device.allocate_host(shapes_.out.span_bytes())),
      out_(device.allocate_host(shapes_.out.span_bytes())) {
  for (std::size_t i = 0; i < shapes_.in.size(); ++i) {
    in_.push_back(device.allocate_host(shapes_.in[i].span_bytes()));
    device.read(in_[i]->data(), set.in[i].data, in_[i]->bytes());
  }
  device.read(old_out_->data(), set.out.data, old_out_->bytes());
}

void Staging::send(Device& device, const Operands& set) const {
  for (std::size_t i = 0; i < in_.size(); ++i)
    device.enqueue_write(set.in[i].data, in_[i]->data(), in_[i]->bytes());
  if (shapes_.reads_out) device.enqueue_write(set.out.data, old_out_->data(), old_out_->bytes());
}

void Staging::fetch(Device& device, const Operands& set) const {
  device.enqueue_read(out_->data(), set.out.data, out_->bytes());
}

Workspace::Workspace(Device& device, std::int64_t bytes) : device_(device) {
  if (bytes == 0) return;
  memory_ = device.allocate(GuardedBuffer::footprint(bytes));
  device.set(memory_->data(), guard_byte, GuardedBuffer::footprint(bytes));
  buffer_ = {memory_->data() + guard_bytes, bytes};
}

}  // namespace gemmark
