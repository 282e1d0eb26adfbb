#include "bench/commands.hpp"
#include "harness/worker.hpp"

namespace gemmark {

Action add_worker(CLI::App&) {
  return [] { return worker_main(worker_commands_fd, worker_records_fd, worker_heartbeat_fd); };
}

}  // namespace gemmark
