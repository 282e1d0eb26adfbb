#include "harness/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>

#include "harness/worker.hpp"

extern char** environ;

namespace gemmark {
namespace {

// How often deadlines are looked at.
constexpr int watch_interval_ms = 200;
// Descriptors of ours that a child must not see are moved out of the way of the ones it is given.
constexpr int first_free_fd = 10;

[[noreturn]] void fail(const char* call, int error) {
  throw std::runtime_error(fmt::format("starting a worker: {}: {}", call, std::strerror(error)));
}

int high(int fd) {
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, first_free_fd);
  if (moved < 0) fail("fcntl", errno);
  close(fd);
  return moved;
}

std::pair<int, int> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2", errno);
  return {high(ends[0]), high(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

WorkerProcess::WorkerProcess(const std::vector<std::string>& command, const Environment& additional) {
  const auto [records_read, records_write] = make_pipe();
  const auto [commands_read, commands_write] = make_pipe();
  heartbeat_fd_ = high(memfd_create("gemmark-heartbeat", MFD_CLOEXEC));
  if (ftruncate(heartbeat_fd_, sizeof(Heartbeat)) != 0) fail("ftruncate", errno);
  void* page = mmap(nullptr, sizeof(Heartbeat), PROT_READ | PROT_WRITE, MAP_SHARED, heartbeat_fd_, 0);
  if (page == MAP_FAILED) fail("mmap", errno);
  heartbeat_ = new (page) Heartbeat;

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);  // libraries print
  posix_spawn_file_actions_adddup2(&files, records_write, worker_records_fd);
  posix_spawn_file_actions_adddup2(&files, commands_read, worker_commands_fd);
  posix_spawn_file_actions_adddup2(&files, heartbeat_fd_, worker_heartbeat_fd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> arguments = command;
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  for (const auto& [key, value] : additional)
    if (getenv(key.c_str()) == nullptr) environment.push_back(key + "=" + value);
  const int error = posix_spawn(&pid_, command.front().c_str(), &files, &attributes,
                                pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  close(records_write);
  close(commands_read);
  commands_fd_ = commands_write;
  records_fd_ = records_read;
  records_ = LineReader(records_fd_);
  if (error != 0) fail("posix_spawn", error);
  pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) fail("pidfd_open", errno);
}

WorkerProcess::~WorkerProcess() {
  if (commands_fd_ >= 0) close(commands_fd_);
  if (obituary_.empty() && pid_ > 0) {
    // It ends by itself when its commands end, unless it hangs.
    pollfd death{pidfd_, POLLIN, 0};
    poll(&death, 1, 2000);
    bury();
  }
  for (const int fd : {pidfd_, records_fd_, heartbeat_fd_})
    if (fd >= 0) close(fd);
  if (heartbeat_ != nullptr) munmap(heartbeat_, sizeof(Heartbeat));
}

std::optional<std::string> WorkerProcess::receive() {
  while (true) {
    if (auto line = records_.next()) return line;
    if (!obituary_.empty()) return std::nullopt;
    pollfd events[] = {{records_fd_, POLLIN, 0}, {pidfd_, POLLIN, 0}};
    if (poll(events, 2, watch_interval_ms) < 0 && errno != EINTR) fail("poll", errno);
    if ((events[0].revents & POLLIN) != 0) {
      records_.fill();
      continue;
    }
    const std::int64_t deadline = heartbeat_->deadline_ns.load();
    timed_out_ = deadline != 0 && steady_ns() > deadline;
    // Records that it wrote before it died have been read by now: the pipe is empty.
    if (timed_out_ || events[1].revents != 0 || (events[0].revents & (POLLHUP | POLLERR)) != 0) bury();
  }
}

void WorkerProcess::bury() {
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  siginfo_t end{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED) != 0 && errno == EINTR) continue;
  if (timed_out_)
    obituary_ = "did not come back in time and was killed";
  else if (end.si_code == CLD_EXITED)
    obituary_ = fmt::format("exited with code {}", end.si_status);
  else
    obituary_ = fmt::format("was killed by signal {} ({})", end.si_status, strsignal(end.si_status));
}

}  // namespace gemmark
