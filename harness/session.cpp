#include "harness/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <tuple>

#include "harness/expand.hpp"
#include "harness/process.hpp"
#include "harness/stopwatch.hpp"
#include "harness/time_left.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

// OpenBLAS's pool spins for about 100 ms after a call and would take a processor from the next row. 2^20
// cycles are a fraction of a millisecond. Whoever set it keeps his own.
const WorkerProcess::Environment worker_environment{{"OPENBLAS_THREAD_TIMEOUT", "20"}};

class Session {
 public:
  Session(const RunOptions& options, const std::vector<Listener*>& listeners,
          const std::vector<std::string>& command, const std::vector<ResultRecord>& earlier)
      : options_(options), listeners_(listeners), command_(command) {
    std::signal(SIGPIPE, SIG_IGN);
    for (const ResultRecord& record : earlier) {
      earlier_.insert(key_of(record));
      ++counts_[record.status];
    }
  }

  RunSummary run() {
    start_worker();
    const json prepared = ask({{"command", "prepare"}, {"options", options_}}, "prepared");
    units_ = prepared.at("units").get<std::vector<Unit>>();
    std::erase_if(units_, [&](const Unit& unit) {
      return std::all_of(unit.cases.begin(), unit.cases.end(),
                         [&](const Case& row) { return earlier_.contains(key_of(row, unit)); });
    });
    for (const json& kernel : prepared.at("kernels")) {
      Kernel& known = kernels_[kernel.at("name")];
      kernel.at("backend").get_to(known.backend);
      known.role = role_named(kernel.at("role").get<std::string>()).value();
    }
    if (!units_.empty()) measure_all();
    summary_.wall_s = wall_.seconds();
    for (const auto& [status, count] : counts_) summary_.rows_by_status.emplace_back(status, count);
    tell([&](Listener& l) { l.on_end(summary_); });
    return summary_;
  }

 private:
  template <class Call>
  void tell(Call call) {
    for (Listener* listener : listeners_) call(*listener);
  }

  void start_worker() { worker_ = std::make_unique<WorkerProcess>(command_, worker_environment); }

  void publish(const ResultRecord& record) {
    ++counts_[record.status];
    tell([&](Listener& l) { l.on_result(record); });
  }

  void progress(const std::string& doing) {
    Progress now;
    now.comparison = comparison_;
    now.comparisons = static_cast<int>(units_.size());
    now.doing = doing;
    now.elapsed_s = wall_.seconds();
    if (comparison_ > 0) {
      now.what = units_[static_cast<std::size_t>(comparison_ - 1)].comparison;
      now.left_s = left_.seconds(measuring_.seconds());
    }
    tell([&](Listener& l) { l.on_progress(now); });
  }

  /// Sends a command and handles lines until a reply. Returns null where the worker died.
  json converse(const json& command) {
    worker_->send(to_line(command));
    while (const auto line = worker_->receive()) {
      json message = json::parse(*line, nullptr, false);
      if (!message.is_object()) continue;  // something that a library printed
      const std::string kind = message.value("record", "");
      if (kind == "result") {
        const auto record = message.get<ResultRecord>();
        finished_.insert(key_of(record));
        if (!earlier_.contains(key_of(record))) publish(record);
      } else if (kind == "context") {
        tell([&](Listener& l) { l.on_context(message); });
      } else if (kind == "ceiling") {
        tell([&](Listener& l) { l.on_ceiling(message.get<CeilingRecord>()); });
      } else if (message.contains("progress")) {
        progress(message.at("progress"));
      } else if (message.contains("reply")) {
        return message;
      }
    }
    return nullptr;
  }

  json ask(const json& command, const std::string& reply) {
    json answer = converse(command);
    if (answer.is_null())
      throw std::runtime_error(fmt::format("the worker {} while asked to {}", worker_->obituary(),
                                           command.at("command").get<std::string>()));
    if (answer.at("reply") != reply) throw std::runtime_error(answer.at("why").get<std::string>());
    return answer;
  }

  void measure_all() {
    const json surveyed = ask({{"command", "survey"}, {"units", units_}}, "surveyed");
    state_ = surveyed.at("state");
    summary_.ceiling_s += state_.at("spent").at("ceiling_s").get<double>();
    std::size_t rows = 0;
    for (const Unit& unit : units_) rows += unit.cases.size();
    left_ = {rows, options_.time_limit_s};
    measuring_ = {};
    for (std::size_t i = 0; i < units_.size(); ++i) {
      ++comparison_;
      left_.begin_comparison(units_[i].cases.size());
      measure(units_[i]);
      left_.end_comparison(measuring_.seconds());
      // The devices that measured the same comparison in the same mode are told of together.
      const bool goes_on = i + 1 < units_.size() && units_[i + 1].comparison == units_[i].comparison &&
                           units_[i + 1].mode == units_[i].mode && units_[i + 1].device != units_[i].device;
      if (!goes_on) tell([](Listener& l) { l.on_comparison_end(); });
    }
  }

  void measure(const Unit& whole) {
    finished_.clear();
    for (Unit unit = whole; !unit.cases.empty();) {
      if (const auto gone = gone_.find(unit.device); gone != gone_.end())
        return record_rest(unit, Status::unavailable, gone->second);
      const json reply = converse({{"command", "measure"}, {"unit", unit}});
      if (reply.is_null()) {
        bury(unit);
      } else if (reply.at("reply") == "error") {
        return record_rest(unit, Status::failed, reply.at("why"));
      } else {
        account(reply.at("spent"));
        if (reply.at("reply") == "measured") return;
        note_loss(unit.device, reply);
      }
      std::erase_if(unit.cases, [&](const Case& row) { return finished_.contains(key_of(row, unit)); });
      start_worker();
      ask({{"command", "adopt"}, {"options", options_}, {"state", state_}}, "adopted");
    }
  }

  void account(const json& spent) {
    summary_.setup_s += spent.at("setup_s").get<double>();
    summary_.verification_s += spent.at("verification_s").get<double>();
    summary_.sampling_s += spent.at("sampling_s").get<double>();
    summary_.ceiling_s += spent.at("ceiling_s").get<double>();
  }

  /// Kernels that fault cost a worker each. A device on which several in turn could compute nothing has gone.
  void note_loss(const std::string& device, const json& reply) {
    constexpr int patience = 3;
    int& losses = losses_[device];
    losses = reply.at("device_worked") ? 0 : losses + 1;
    if (losses >= patience)
      gone_[device] = fmt::format("{} was lost: {}", device, reply.at("why").get<std::string>());
  }

  /// Records the row that took the worker with it; all that are left where none can be blamed.
  void bury(const Unit& unit) {
    const int blamed = worker_->row();
    record_rest(unit, worker_->timed_out() ? Status::timeout : Status::failed,
                fmt::format("its worker {}{}", worker_->obituary(),
                            blamed >= 0 ? "" : " between two rows of this comparison"),
                blamed);
  }

  /// Gives the rows that have none a status, or only that with index `only`.
  void record_rest(const Unit& unit, Status status, const std::string& why, int only = -1) {
    for (std::size_t i = 0; i < unit.cases.size(); ++i) {
      const Case& row = unit.cases[i];
      if (finished_.contains(key_of(row, unit))) continue;
      if (only >= 0 && static_cast<std::size_t>(only) != i) continue;
      ResultRecord record = unmeasured(row, unit);
      record.status = name(status);
      record.why = why;
      finished_.insert(key_of(row, unit));
      publish(record);
    }
  }

  // The worker has told what its kernels are: asking the registry here would load their libraries.
  ResultRecord unmeasured(const Case& row, const Unit& unit) const {
    const auto known = kernels_.find(row.kernel);
    Kernel kernel = known != kernels_.end() ? known->second : Kernel{};
    kernel.name = row.kernel;
    return blank_record(row, unit, kernel, options_);
  }

  RunOptions options_;
  std::vector<Listener*> listeners_;
  std::vector<std::string> command_;
  std::unique_ptr<WorkerProcess> worker_;
  std::vector<Unit> units_;
  json state_;
  std::set<RowKey> earlier_;   // rows of the run before this session
  std::set<RowKey> finished_;  // rows of the unit in hand
  std::map<std::string, Kernel> kernels_;
  std::map<std::string, int> counts_;
  RunSummary summary_;
  Stopwatch wall_, measuring_;
  TimeLeft left_;
  int comparison_ = 0;
  std::map<std::string, std::string> gone_;  // devices that no worker can use any more, with the reason
  std::map<std::string, int> losses_;        // of a device, in a row
};

}  // namespace

RunSummary run_session(const RunOptions& options, const std::vector<Listener*>& listeners,
                       const std::vector<std::string>& worker, const std::vector<ResultRecord>& earlier) {
  return Session(options, listeners, worker, earlier).run();
}

}  // namespace gemmark
