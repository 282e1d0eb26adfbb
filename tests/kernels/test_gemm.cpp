// Every own gemm kernel of the host on every awkward shape, against the definition.
#include <array>
#include <cstdint>
#include <set>

#include "tests/catch.hpp"
#include "tests/kernels/awkward.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

constexpr std::array precisions{Precision::fp32, Precision::fp64};

void check(const AwkwardCase& awkward) {
  GemmCase one(awkward.problem, awkward.exact, 1);
  check_all(one, host(), {1, 2});
  check_all(one, tiny_host(), {1, 3});
}

}  // namespace

TEST_CASE("there is an own kernel to test") { REQUIRE(!runnable_kernels().empty()); }

TEST_CASE("awkward sizes, all transposes, exact") {
  std::set<const Kernel*> tried;
  for (const Precision in : precisions)
    for (const AwkwardCase& awkward : awkward_sizes(in)) {
      GemmCase one(awkward.problem, awkward.exact, 1);
      tried.merge(check_all(one, awkward.problem.ta ? host() : tiny_host(), {awkward.problem.k % 2 ? 1 : 2}));
    }
  CHECK(tried.size() == runnable_kernels().size());
}

TEST_CASE("scalars, leading dimensions and batches") {
  for (const Precision in : precisions)
    for (const AwkwardCase& awkward : awkward_scalars(in)) check(awkward);
}

TEST_CASE("random numbers") {
  for (const Precision in : precisions)
    for (const AwkwardCase& awkward : random_numbers(in)) check(awkward);
}

TEST_CASE("empty dimensions") {
  for (const Precision in : precisions)
    for (const double beta : {0.0, 0.25})
      for (const auto& [m, n, k] : {std::array{0, 9, 7}, {9, 0, 7}, {9, 20, 0}, {20, 3, 0}, {0, 0, 0}}) {
        Gemm g = gemm_of(m, n, k, 0, in);
        g.beta = beta;
        check({g});
      }
}

TEST_CASE("batches of more products than threads") {
  for (const Precision in : precisions)
    for (const AwkwardCase& awkward : batches(in)) check(awkward);
}
