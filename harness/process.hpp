// A child process that speaks JSON lines: spawned with its own descriptors and process group, watched for
// death and for deadlines, killed with everything that it started.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/lab.hpp"
#include "harness/lines.hpp"

namespace gemmark {

class WorkerProcess {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  /// Throws std::runtime_error, naming the call that failed.
  WorkerProcess(const std::vector<std::string>& command, const Environment& additional);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  bool send(const std::string& line) { return write_line(commands_fd_, line); }

  /// The next line; nothing when the worker has died or was killed for missing its deadline.
  std::optional<std::string> receive();

  /// After receive() returned nothing: "was killed by signal 11 (Segmentation fault)", "exited with code 1".
  std::string obituary() const { return obituary_; }
  bool timed_out() const { return timed_out_; }
  /// The row that was running, or -1.
  int row() const { return heartbeat_->row.load(); }

 private:
  void bury();

  pid_t pid_ = -1;
  int pidfd_ = -1, commands_fd_ = -1, records_fd_ = -1, heartbeat_fd_ = -1;
  Heartbeat* heartbeat_ = nullptr;
  LineReader records_{-1};
  std::string obituary_;
  bool timed_out_ = false;
};

}  // namespace gemmark
