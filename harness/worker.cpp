#include "harness/worker.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/context.hpp"
#include "harness/lab.hpp"
#include "harness/lines.hpp"
#include "harness/stopwatch.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

// Progress lines wake the parent, which may share processors with what is being timed.
constexpr double progress_interval_s = 0.25;

class Worker {
 public:
  Worker(int records_fd, Heartbeat* heartbeat) : fd_(records_fd), lab_{Registry::global(), {}} {
    lab_.heartbeat = heartbeat;
    lab_.on_result = [this](const ResultRecord& record) { send(record); };
    lab_.on_ceiling = [this](const CeilingRecord& record) { send(record); };
    lab_.on_progress = [this](const std::string& doing, bool urgent) {
      if (!urgent && since_progress_.seconds() < progress_interval_s) return;
      since_progress_ = {};
      send({{"progress", doing}});
    };
  }

  void obey(const json& message) {
    const auto command = message.at("command").get<std::string>();
    if (command == "prepare") return prepare(message);
    if (command == "survey") {
      survey(lab_, message.at("units").get<std::vector<Unit>>());
      return send({{"reply", "surveyed"}, {"state", state()}});
    }
    if (command == "adopt") {
      lab_.options = message.at("options").get<RunOptions>();
      lab_.shuffle.seed(lab_.options.seed);
      adopt(message.at("state"));
      return send({{"reply", "adopted"}});
    }
    if (command == "measure") {
      lab_.spent = {};
      try {
        measure_unit(lab_, message.at("unit").get<Unit>());
      } catch (const DeviceLost& error) {
        return send({{"reply", "lost"},
                     {"why", error.what()},
                     {"device_worked", lab_.device_worked},
                     {"spent", spent()}});
      }
      return send({{"reply", "measured"}, {"spent", spent()}});
    }
    throw std::invalid_argument("unknown command " + command);
  }

  void send(const json& message) {
    if (!write_line(fd_, to_line(message))) std::_Exit(1);  // the parent is gone: nobody is left to be told
  }

 private:
  void prepare(const json& message) {
    lab_.options = message.at("options").get<RunOptions>();
    lab_.shuffle.seed(lab_.options.seed);
    const Expansion expansion = expand(lab_.options, lab_.registry);
    json kernels = json::array();
    for (const Kernel& kernel : lab_.registry.kernels())
      kernels.push_back({{"name", kernel.name}, {"backend", kernel.backend}, {"role", name(kernel.role)}});
    send(make_context(lab_.registry, lab_.options));
    for (const ResultRecord& record : expansion.refused) send(record);
    send({{"reply", "prepared"}, {"kernels", kernels}, {"units", expansion.units}});
  }
  json spent() const {
    return {{"setup_s", lab_.spent.setup_s},
            {"verification_s", lab_.spent.verification_s},
            {"sampling_s", lab_.spent.sampling_s},
            {"ceiling_s", lab_.spent.ceiling_s}};
  }
  // What a successor needs to go on without measuring it again.
  json state() const {
    return {{"ceilings", lab_.ceilings.all()},
            {"timer_bias_s", lab_.timer_bias_s},
            {"oracle_flops_per_s", lab_.oracle_flops_per_s},
            {"trials", remembered_trials()},
            {"spent", spent()}};
  }
  // Comes before the registry is first asked.
  void adopt(const json& state) {
    recall_trials(state.at("trials").get<std::map<std::string, std::string>>());
    for (const json& line : state.at("ceilings")) lab_.ceilings.add(line.get<CeilingRecord>());
    state.at("timer_bias_s").get_to(lab_.timer_bias_s);
    state.at("oracle_flops_per_s").get_to(lab_.oracle_flops_per_s);
  }

  int fd_;
  Lab lab_;
  Stopwatch since_progress_;
};

}  // namespace

int worker_main(int commands_fd, int records_fd, int heartbeat_fd) {
  std::signal(SIGPIPE, SIG_IGN);
  // The watchdog dies with the parent: a kernel that hangs then would compute on for ever.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Heartbeat* heartbeat = nullptr;
  if (heartbeat_fd >= 0) {
    void* page = mmap(nullptr, sizeof(Heartbeat), PROT_READ | PROT_WRITE, MAP_SHARED, heartbeat_fd, 0);
    if (page != MAP_FAILED) heartbeat = static_cast<Heartbeat*>(page);
  }
  Worker worker(records_fd, heartbeat);
  LineReader commands(commands_fd);
  while (commands.fill())
    while (const auto line = commands.next()) try {
        worker.obey(json::parse(*line));
      } catch (const std::exception& error) {
        worker.send({{"reply", "error"}, {"why", error.what()}});
      }
  return 0;
}

}  // namespace gemmark
