// Products too small for all threads leave OpenMP's team whole: a smaller region would end the threads that
// it does not need, and later calls would pay for new ones.
#include <omp.h>
#include <unistd.h>

#include <vector>

#include "tests/catch.hpp"
#include "tests/kernels/gemm_case.hpp"

using namespace gemmark;
using namespace gemmark::testing;

namespace {

constexpr int threads = 4;

std::vector<pid_t> team() {
  std::vector<pid_t> ids(threads);
#pragma omp parallel num_threads(threads)
  ids[static_cast<std::size_t>(omp_get_thread_num())] = gettid();
  return ids;
}

}  // namespace

#ifndef __clang__  // whose runtime keeps its threads
// What the next test looks for is there to be seen: libgomp keeps no more threads than the last region had.
TEST_CASE("a smaller region changes the team") {
  const auto before = team();
#pragma omp parallel num_threads(2)
  omp_get_thread_num();
  CHECK(team() != before);
}
#endif

TEST_CASE("small products leave the team whole") {
  const auto text = GENERATE(as<std::string>{}, "gemm m=110 n=110 k=110 in=fp32",  // two cells
                             "gemm m=1 n=1500 k=1000 in=fp32 tb=1",                // three threads' dots
                             "gemm m=1 n=1500 k=1000 in=fp64",                     // three threads' columns
                             "gemm m=20 n=20 k=20 batch=150 in=fp64");             // two threads' products
  GemmCase one(std::get<Gemm>(parse_problem(text)), true, 1);
  for (const Kernel* kernel : runnable_kernels()) {
    if (!kernel->threaded) continue;
    INFO(kernel->name << ": " << text);
    const auto before = team();
    CHECK(one.complaint(*kernel, host(), threads).empty());
    CHECK(team() == before);
  }
}
