#include <utility>

#include "harness/operands.hpp"
#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"
#include "tests/kernels/forwarding_device.hpp"

using namespace gemmark;

TEST_CASE("an output that was reset is dropped from the caches however many sets there are") {
  Device& host = *Registry::global().devices().front();
  struct Counting final : testing::ForwardingDevice {
    using ForwardingDevice::ForwardingDevice;
    void evict(std::byte*, std::int64_t bytes) override { evicted += bytes; }
    std::int64_t evicted = 0;
  };
  testing::FakeHost small_caches(host, {{1, 4096, 1}});
  Counting device(small_caches);
  const Problem problem = parse_problem("gemm m=32 n=32 k=8 in=fp32 beta=1");
  OperandSets few(device, problem, 1), many(device, problem, 2);
  few.make_cold(0);
  CHECK(std::exchange(device.evicted, 0) == 4 * (32 * 32 + 2 * 32 * 8));
  many.make_cold(0);
  CHECK(device.evicted == 4 * 32 * 32);
}
