// Threads of OpenMP's team and their processors.
#include <omp.h>
#include <sched.h>

#include <set>
#include <vector>

#include "tests/catch.hpp"
#include "tests/harness/fakes.hpp"

using namespace gemmark;

namespace {

// The processor of every thread of a team but the caller, or -1 where it may run on several.
std::vector<int> processors_of_team(int threads) {
  std::vector<int> found(static_cast<std::size_t>(threads) - 1, -1);
#pragma omp parallel num_threads(threads)
  if (omp_get_thread_num() > 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    if (CPU_COUNT(&set) == 1) found[static_cast<std::size_t>(omp_get_thread_num()) - 1] = sched_getcpu();
  }
  return found;
}

}  // namespace

TEST_CASE("threads that come after a smaller team get processors of their own") {
  gemmark::testing::Bench bench;
  Device& host = bench.lab.device("host");
  const int threads = host.info().max_threads;
  if (threads < 2) {
    WARN("skipped: one processor");
    return;
  }
  host.settle(threads);
  for (int smaller = 2; smaller <= threads; ++smaller) {
    processors_of_team(smaller);
    processors_of_team(threads);  // brings back those that the smaller one ended
    host.settle(threads);
    const std::vector<int> found = processors_of_team(threads);
    CHECK(std::set<int>(found.begin(), found.end()).size() == found.size());
    for (const int processor : found) CHECK(processor >= 0);
  }
}
