#include "bench/exit_code.hpp"
#include "bench/session_exit.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

TEST_CASE("what no right kernel does ends a session with a code of its own") {
  const auto exit_of = [](const std::string& status, int count) {
    RunSummary summary;
    summary.rows_by_status = {{"ok", 3}, {status, count}};
    return session_exit(summary);
  };
  for (const char* status : {"wrong", "failed", "timeout"}) {
    INFO(status);
    CHECK(exit_of(status, 1) == 5);
    CHECK(exit_of(status, 0) == 0);
  }
  for (const char* status : {"skipped", "unsupported", "unavailable", "mistrusted"}) {
    INFO(status);
    CHECK(exit_of(status, 1) == 0);
  }
}
