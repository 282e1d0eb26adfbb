// Host memory as a device sees it: the same bytes on the host, copies of them elsewhere.
#pragma once

#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <vector>

#include "kernels/api/device.hpp"
#include "kernels/api/kernel.hpp"
#include "tests/kernels/naive.hpp"

namespace gemmark::testing {

/// Calls run(operands) with what of the operands lies in `buffers` where the device can reach it, and brings
/// all of it back, guards included. GEMMARK_BARE_BUFFERS leaves the guards at home, so that a memory checker
/// that knows allocations sees a write into them.
template <class Run>
void on_device(Device& device, Operands operands, std::initializer_list<Guarded*> buffers, Run run) {
  if (device.info().kind == "host") return run(operands);
  static const bool bare = std::getenv("GEMMARK_BARE_BUFFERS") != nullptr;
  const auto from = [](Guarded& buffer) { return bare ? buffer.data() : buffer.begin(); };
  const auto size = [](const Guarded& buffer) { return bare ? buffer.bytes() : buffer.whole_bytes(); };
  std::vector<std::unique_ptr<Memory>> copies;
  for (Guarded* buffer : buffers) {
    copies.push_back(device.allocate(std::max<std::int64_t>(size(*buffer), 1)));
    device.write(copies.back()->data(), from(*buffer), size(*buffer));
    std::byte* const there = copies.back()->data() + (buffer->data() - from(*buffer));
    for (Tensor& in : operands.in)
      if (in.data == buffer->data()) in.data = there;
    if (operands.out.data == buffer->data()) operands.out.data = there;
    if (operands.workspace == buffer->data()) operands.workspace = there;
  }
  run(operands);
  device.synchronize();
  std::size_t next = 0;
  for (Guarded* buffer : buffers) device.read(from(*buffer), copies[next++]->data(), size(*buffer));
}

}  // namespace gemmark::testing
