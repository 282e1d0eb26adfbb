#include "bench/interruption.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

namespace gemmark {
namespace {

std::string farewell;  // made beforehand: a handler may not allocate

extern "C" void say_farewell(int signal) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, farewell.data(), farewell.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void explain_interruption(const std::string& path) {
  farewell = path.empty() ? "\ngemmark: interrupted; nothing is recorded without --out\n"
                          : fmt::format(
                                "\ngemmark: interrupted; the records so far are in {0}, and gemmark run "
                                "--resume {0} goes on\n",
                                path);
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, say_farewell);
}

}  // namespace gemmark
