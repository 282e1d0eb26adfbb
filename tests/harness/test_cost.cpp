#include "harness/cost.hpp"

#include "tests/catch.hpp"

using gemmark::CostModel;

TEST_CASE("a prediction comes from the largest problem and its quickest call") {
  CostModel cost;
  CHECK(!cost.predict("x", "fp32", 1, 1e9));
  cost.learn("x", "fp32", 1, 1e9, 0.1);
  CHECK(cost.predict("x", "fp32", 1, 8e9).value() == Approx(0.8));
  cost.learn("x", "fp32", 1, 2e9, 0.3);
  CHECK(cost.predict("x", "fp32", 1, 8e9).value() == Approx(1.2));
  SECTION("a smaller problem changes nothing") { cost.learn("x", "fp32", 1, 1e9, 0.01); }
  SECTION("nor does a call that was disturbed") { cost.learn("x", "fp32", 1, 2e9, 30); }
  CHECK(cost.predict("x", "fp32", 1, 8e9).value() == Approx(1.2));
  SECTION("a quicker call does") {
    cost.learn("x", "fp32", 1, 2e9, 0.2);
    CHECK(cost.predict("x", "fp32", 1, 8e9).value() == Approx(0.8));
  }
  CHECK(!cost.predict("x", "fp32", 2, 1e9));
}

TEST_CASE("a short call says nothing of a much larger problem") {
  CostModel cost;
  cost.learn("x", "fp32", 16, 3.4e7, 6e-3);  // most of it is waking the threads
  CHECK(!cost.predict("x", "fp32", 16, 2e9));
  CHECK(cost.predict("x", "fp32", 16, 6.8e7).value() == Approx(12e-3));
}
