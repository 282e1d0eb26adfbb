#include "harness/time_left.hpp"
#include "tests/catch.hpp"

using gemmark::TimeLeft;

TEST_CASE("before a comparison is over, rows count with the time they may take") {
  TimeLeft left(100, 0.5);
  left.begin_comparison(10);
  CHECK(left.seconds(0) == Approx(50));
  CHECK(left.seconds(2) == Approx(48));
  CHECK(left.seconds(60) == Approx(45));  // the current one is as good as over
}

TEST_CASE("comparisons that are over tell what a row takes") {
  TimeLeft left(100, 0.5);
  left.begin_comparison(10);
  left.end_comparison(1);
  left.begin_comparison(20);
  CHECK(left.seconds(1) == Approx(9));
  CHECK(left.seconds(2) == Approx(8));
  left.end_comparison(6);  // 30 rows in 6 s
  left.begin_comparison(70);
  CHECK(left.seconds(6) == Approx(14));
  left.end_comparison(20);
  CHECK(left.seconds(20) == Approx(0));
}
