// The GPU's checker against the host's, and against kernels that are wrong on purpose.
#include <cstdio>

#include "harness/oracles.hpp"
#include "harness/verify.hpp"
#include "tests/gpu/gpu.hpp"
#include "tests/harness/mutants.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

constexpr std::array dtypes{Dtype::f64,  Dtype::f32,  Dtype::f16, Dtype::bf16,
                            Dtype::e4m3, Dtype::e5m2, Dtype::s32, Dtype::s8};

std::vector<std::byte> bytes_of(Device& device, Dtype dtype,
                                const std::function<void(Checker&, Tensor)>& write) {
  const Shape shape = Shape::rows(dtype, {2, 37, 129}, 133);
  const auto memory = device.allocate(shape.span_bytes());
  device.set(memory->data(), std::byte{0x5a}, shape.span_bytes());
  write(*Registry::global().checker(device), {shape, memory->data()});
  std::vector<std::byte> bytes(static_cast<std::size_t>(shape.span_bytes()));
  device.read(bytes.data(), memory->data(), shape.span_bytes());
  return bytes;
}

/// Runs a plan of the host on copies of a device's operands, guard zones included.
void run_on_copies(Plan& plan, Device& device, Operands operands) {
  std::vector<std::pair<std::byte*, std::vector<std::byte>>> regions;
  for (Tensor* tensor : {&operands.in[0], &operands.in[1], &operands.out}) {
    const std::int64_t bytes = GuardedBuffer::footprint(tensor->shape.span_bytes());
    regions.emplace_back(tensor->data - guard_bytes, static_cast<std::size_t>(bytes));
    auto& [there, here] = regions.back();
    device.read(here.data(), there, bytes);
    tensor->data = here.data() + guard_bytes;
  }
  plan.run(operands, {});
  for (const auto& [there, here] : regions)
    device.write(there, here.data(), static_cast<std::int64_t>(here.size()));
}

/// What the verifier of the GPU says to a host kernel's answers, the first that is not ok.
Verdict verdict_on(Device& device, const std::string& text, const Kernel& kernel) {
  const Problem whole = parse_problem(text);
  const auto& problem = std::get<Gemm>(whole);
  const Oracle* oracle = find_oracle(Registry::global(), problem, device);
  REQUIRE(oracle != nullptr);
  const auto checker = Registry::global().checker(device);
  OperandSets sets(device, problem, 1);
  Verifier verifier(device, *checker, *oracle, problem, sets, 1e12, 1);
  const auto plan = kernel.plan({.problem = whole, .device = device});
  for (const bool exact : {true, false}) {
    if (exact && !verifier.use_exact(7)) continue;
    if (!exact) verifier.use_data(Distribution::uniform, 7);
    for (int call = 0; call < 2; ++call) {
      verifier.reset_out(0);
      run_on_copies(*plan, device, sets[0]);
      if (Verdict verdict = verifier.judge(0); !verdict && verdict.status != Status::mistrusted)
        return verdict;
    }
  }
  return {};
}

const Kernel& fake(const std::string& name) {
  const auto& kernels = Registry::global().kernels();
  return *std::find_if(kernels.begin(), kernels.end(),
                       [&](const Kernel& k) { return k.name == "gemm/fake[" + name + "]"; });
}

}  // namespace

TEST_CASE("the GPU fills with what the host fills with") {
  Device* device = gpu();
  if (device == nullptr) return;
  for (const Dtype dtype : dtypes)
    for (const Distribution kind :
         {Distribution::uniform, Distribution::normal, Distribution::ints, Distribution::zeros}) {
      const auto fill = [&](Checker& checker, const Tensor& tensor) {
        checker.fill(tensor, {.distribution = kind, .seed = 5, .magnitude = 3, .density = 0.7});
      };
      INFO(name(dtype) << " " << name(kind));
      CHECK(bytes_of(*device, dtype, fill) == bytes_of(host(), dtype, fill));
    }
}

TEST_CASE("the GPU's poison is no number, or an unlikely one") {
  Device* device = gpu();
  if (device == nullptr) return;
  for (const Dtype dtype : dtypes) {
    auto bytes = bytes_of(*device, dtype, [](Checker& checker, const Tensor& t) { checker.poison(t); });
    const Tensor tensor{Shape::rows(dtype, {2, 37, 129}, 133), bytes.data()};
    INFO(name(dtype));
    for (const double value : values(tensor))
      REQUIRE((is_integer(dtype) ? value <= -128 : std::isnan(value)));
    CHECK(tensor.data[storage_bytes(dtype, 130)] == std::byte{0x5a});  // between two rows
  }
}

TEST_CASE("every mutant is killed on the GPU") {
  Device* device = gpu();
  if (device == nullptr) return;
  int killed = 0, total = 0;
  for (const Mutant& mutant : mutants()) {
    const Verdict verdict = verdict_on(*device, mutant.problem, fake_kernel("mutant", mutant.compute));
    INFO(mutant.name << ": " << name(verdict.status) << " " << verdict.why);
    CHECK_FALSE(verdict);
    killed += !verdict;
    ++total;
  }
  std::printf("mutants killed on the GPU: %d of %d\n", killed, total);
}

TEST_CASE("right answers pass on the GPU") {
  Device* device = gpu();
  if (device == nullptr) return;
  for (const char* text :
       {"gemm m=70 n=66 k=40 in=fp32", "gemm m=70 n=66 k=40 in=bf16 ldc=72",
        "gemm m=48 n=66 k=48 in=int8 ta=1", "gemm m=20 n=24 k=16 batch=3 in=fp64 beta=0.5",
        "gemm m=70 n=66 k=40 in=fp16 alpha=60000.1", "gemm m=70 n=66 k=40 in=int8 alpha=100000.1"})
    CHECK(verdict_on(*device, text, fake("right")).why.empty());
  for (const bool truncated : {true, false})
    CHECK(verdict_on(*device, "gemm m=70 n=66 k=300 in=tf32", fake_kernel("tf32", tf32_product(truncated)))
              .why.empty());
}

TEST_CASE("writes outside the output are caught on the GPU") {
  Device* device = gpu();
  if (device == nullptr) return;
  const std::string tight = "gemm m=24 n=20 k=16 in=fp32", loose = tight + " ldc=32";
  for (const auto& [name, problem, why] :
       {std::tuple{"past_the_end", tight, "3 bytes past its end were written"},
        {"before_the_start", tight, "8 bytes before its start were written"},
        {"between_rows", loose, "1 bytes between its rows were written"},
        {"changes_its_input", tight, "it changed its inputs"}}) {
    const Verdict verdict = verdict_on(*device, problem, fake(name));
    CHECK(verdict.status == Status::failed);
    CHECK_THAT(verdict.why, ContainsSubstring(why));
  }
}
