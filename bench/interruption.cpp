#include "bench/interruption.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace gemmark {
namespace {

// Made beforehand: a handler may not allocate.
std::string records, farewell, farewell_with_records;
volatile std::sig_atomic_t has_records = 0;

extern "C" void say_farewell(int signal) {
  struct stat found {};
  if (!records.empty() && stat(records.c_str(), &found) == 0 && S_ISREG(found.st_mode) && found.st_size == 0)
    unlink(records.c_str());
  const std::string& said = has_records ? farewell_with_records : farewell;
  [[maybe_unused]] const auto written = write(STDERR_FILENO, said.data(), said.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void explain_interruption(const std::string& path) {
  records = path;
  farewell = fmt::format("\ngemmark: interrupted; nothing is recorded {}\n",
                         path.empty() ? "without --out" : "yet, and the same command starts again");
  farewell_with_records = fmt::format(
      "\ngemmark: interrupted; the records so far are in {0}, and gemmark run --resume {0} goes on\n", path);
  has_records = 0;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, say_farewell);
}

void interruption_leaves_records() { has_records = 1; }

}  // namespace gemmark
