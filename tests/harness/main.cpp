// Runs the tests, or as a worker for the tests that start sessions.
#include <cstring>

#include "harness/worker.hpp"
#include "tests/harness/fakes.hpp"

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "worker") == 0) {
    gemmark::testing::register_oracle();
    return gemmark::worker_main(gemmark::worker_commands_fd, gemmark::worker_records_fd,
                                gemmark::worker_heartbeat_fd);
  }
  return Catch::Session().run(count, arguments);
}
