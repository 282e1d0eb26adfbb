#include <cstdlib>

#include "harness/ceiling_cache.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"
#include "tests/unit/scratch.hpp"

using namespace gemmark;
using namespace gemmark::test;

namespace {

Ceiling loop(const CeilingRecord& record) {
  Ceiling ceiling;
  ceiling.name = record.name;
  ceiling.backend = record.backend;
  if (record.precision) ceiling.precision = precision_named(*record.precision);
  return ceiling;
}

CeilingRecord measured(int threads, double value) {
  CeilingRecord record = ceiling("fp32", threads, value);
  record.measured_utc = "2026-01-01T00:00:00Z";
  return record;
}

}  // namespace

TEST_CASE("ceilings are kept by machine, build and thread count") {
  const Scratch scratch;
  setenv("XDG_CACHE_HOME", scratch.path("").c_str(), 1);
  const CeilingRecord one = measured(1, 1e11), two = measured(2, 2e11);
  CeilingCache("f00d").keep({one, two});
  CeilingCache("f00d").keep({measured(2, 3e11)});

  const CeilingCache cache("f00d");
  REQUIRE(cache.find(loop(one), "host", 1));
  CHECK(cache.find(loop(one), "host", 1)->value == 1e11);
  CHECK_FALSE(cache.find(loop(one), "host", 1)->may_judge());
  CHECK(cache.find(loop(one), "host", 1)->measured_utc == one.measured_utc);
  CHECK(cache.find(loop(one), "host", 2)->value == 3e11);  // the later run's
  CHECK_FALSE(cache.find(loop(one), "host", 4));
  CHECK_FALSE(cache.find(loop(one), "cuda:0", 1));
  CHECK_FALSE(CeilingCache("beef").find(loop(one), "host", 1));
}

TEST_CASE("what is damaged in the cache is not there") {
  const Scratch scratch;
  setenv("XDG_CACHE_HOME", scratch.path("").c_str(), 1);
  CeilingCache("f00d").keep({measured(1, 1e11), measured(2, 2e11)});
  std::string text = scratch.read("gemmark/ceilings-f00d.jsonl");
  text.replace(text.find("2e11") == std::string::npos ? text.find("200000000000") : text.find("2e11"), 4,
               "-1,,");
  scratch.write("gemmark/ceilings-f00d.jsonl", "garbage\n{}\n" + text);
  const CeilingCache cache("f00d");
  CHECK(cache.find(loop(measured(1, 0)), "host", 1));
  CHECK_FALSE(cache.find(loop(measured(2, 0)), "host", 2));
}

TEST_CASE("a cache that cannot be written is no error") {
  setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
  CeilingCache("f00d").keep({measured(1, 1e11)});
  CHECK_FALSE(CeilingCache("f00d").find(loop(measured(1, 0)), "host", 1));
  setenv("XDG_CACHE_HOME", "relative", 1);  // which the specification says is to be ignored
  unsetenv("HOME");
  CeilingCache("f00d").keep({measured(1, 1e11)});
  CHECK_FALSE(CeilingCache("f00d").find(loop(measured(1, 0)), "host", 1));
}
