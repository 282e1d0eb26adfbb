// Kernels on random problems. GEMMARK_FUZZ_CASES sets how many; the problem's text and seed are printed.
#include <cstdint>
#include <cstdlib>

#include "tests/catch.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

TEST_CASE("random problems") {
  const char* wanted = std::getenv("GEMMARK_FUZZ_CASES");
  const int cases = wanted != nullptr ? std::atoi(wanted) : 2000;
  REQUIRE(cases > 0);
  for (int index = 0; index < cases; ++index) {
    std::uint64_t draws = 0;
    const auto draw = [&](std::int64_t count) {
      return static_cast<std::int64_t>(random_bits(static_cast<std::uint64_t>(index), draws++) %
                                       static_cast<std::uint64_t>(count));
    };
    // Mostly small, now and then one dimension that crosses many blocks.
    const auto extent = [&] { return 1 + (draw(8) == 0 ? draw(300) : draw(4) == 0 ? draw(70) : draw(20)); };
    Gemm g;
    g.m = extent(), g.n = extent(), g.k = extent();
    g.in = draw(2) ? Precision::fp32 : Precision::fp64;
    g.ta = draw(2), g.tb = draw(2);
    g.batch = draw(4) == 0 ? 1 + draw(4) : 1;
    if (draw(2)) g.lda_given = g.lda() + draw(20);
    if (draw(2)) g.ldb_given = g.ldb() + draw(20);
    if (draw(2)) g.ldc_given = g.ldc() + draw(20);
    g.alpha = static_cast<double>(draw(9) - 4) / 2;
    g.beta = static_cast<double>(draw(9) - 4) / 4;
    const bool exact = draw(2);
    FakeHost device(host(), {{1, 256 << draw(6), 1}, {2, 2048 << draw(8), 1}, {3, 8192 << draw(10), 1}});
    INFO("case " << index);
    GemmCase one(g, exact, static_cast<std::uint64_t>(index));
    check_all(one, device, {1 + static_cast<int>(draw(4))});
  }
}
