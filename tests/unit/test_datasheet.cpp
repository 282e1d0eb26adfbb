#include "harness/datasheet.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

namespace {

std::optional<double> stated_for(const char* model, const char* backend, Precision precision) {
  const auto datasheet = datasheet_of(model);
  REQUIRE(datasheet);
  return stated(*datasheet, {.backend = backend, .precision = precision});
}

}  // namespace

TEST_CASE("a device's datasheet is found by the name that its driver reports") {
  CHECK(datasheet_of("NVIDIA H200")->name == "NVIDIA H200 SXM");
  CHECK(datasheet_of("NVIDIA H200 NVL")->name == "NVIDIA H200 NVL");
  CHECK(datasheet_of("NVIDIA A100-SXM4-40GB")->name == "NVIDIA A100 40GB SXM");
  CHECK(datasheet_of("NVIDIA A100-SXM4-80GB")->memory_bytes_per_s == Approx(2039e9));
  CHECK_FALSE(datasheet_of("NVIDIA L40"));
  CHECK_FALSE(datasheet_of("AMD EPYC"));
  for (const char* model : {"NVIDIA H100 80GB HBM3", "NVIDIA L4", "NVIDIA GeForce RTX 4090"}) {
    CAPTURE(model);
    CHECK_FALSE(datasheet_of(model)->source.empty());
  }
}

TEST_CASE("CUDA cores and Tensor cores have figures of their own") {
  CHECK(stated_for("NVIDIA H200", "cuda", Precision::fp64) == 34e12);
  CHECK(stated_for("NVIDIA H200", "mma", Precision::fp64) == 67e12);
  CHECK(stated_for("NVIDIA H200", "wgmma", Precision::bf16) == 989.5e12);
  CHECK_FALSE(stated_for("NVIDIA A100-SXM4-80GB", "mma", Precision::fp8));
  const auto h200 = datasheet_of("NVIDIA H200");
  CHECK(stated(*h200, {.kind = Ceiling::Kind::bandwidth}) == 4800e9);
  CHECK_FALSE(stated(*h200, {.kind = Ceiling::Kind::bandwidth, .cache_level = 2}));
  CHECK_FALSE(stated(*h200, {.kind = Ceiling::Kind::link}));
  CHECK_FALSE(stated_for("NVIDIA H200", "mma", Precision::int4));
}
