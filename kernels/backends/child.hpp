// Runs a function in a child process, because a library with a bad setting may abort or die of an illegal
// instruction. fork, not a new program: the settings, the binary and its arguments stay ours.
//
// The function must not use OpenMP with more than one thread, whose pool does not survive a fork.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <string>

namespace gemmark {

struct ChildReport {
  std::string output{};    ///< what it said until it ended
  int signal = 0;          ///< what ended it; 0 where it ended by itself
  bool timed_out = false;  ///< was killed at the limit
  bool started = false;
};

namespace child_detail {

inline void quiet_child() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // A test framework's handlers would report our child's death as a failed test.
  for (const int fatal : {SIGILL, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGTERM, SIGINT}) signal(fatal, SIG_DFL);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, standard);
}

}  // namespace child_detail

/// `work` says what it has found by `say(line)`, which gets there even where the next step kills the child.
inline ChildReport in_child(std::chrono::milliseconds limit,
                            const std::function<void(const std::function<void(std::string)>& say)>& work) {
  using clock = std::chrono::steady_clock;
  ChildReport report;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return report;
  const pid_t child = fork();
  if (child == 0) {
    child_detail::quiet_child();
    try {
      work([&](std::string line) {
        line += '\n';
        if (write(ends[1], line.data(), line.size()) < 0) _exit(1);
      });
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(0);
  }
  close(ends[1]);
  if (child > 0) {
    report.started = true;
    const auto deadline = clock::now() + limit;
    for (bool open = true; open;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
      pollfd waiting{ends[0], POLLIN, 0};
      const int ready = left.count() > 0 ? poll(&waiting, 1, static_cast<int>(left.count())) : 0;
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) {
        report.timed_out = true;
        kill(child, SIGKILL);
        break;
      }
      char buffer[4096];
      const ssize_t got = read(ends[0], buffer, sizeof buffer);
      if (got > 0) report.output.append(buffer, static_cast<std::size_t>(got));
      open = got > 0 || (got < 0 && errno == EINTR);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status) && !report.timed_out) report.signal = WTERMSIG(status);
  }
  close(ends[0]);
  return report;
}

}  // namespace gemmark
