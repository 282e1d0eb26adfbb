// One row while it is being measured.
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "harness/expand.hpp"
#include "harness/instruments.hpp"
#include "harness/operands.hpp"
#include "harness/samples.hpp"
#include "harness/verify.hpp"

namespace gemmark {

/// The rows of one problem (one precision): they share operands, oracle product and verifier.
struct Group {
  Problem problem;
  std::unique_ptr<OperandSets> sets{};
  std::unique_ptr<Staging> staging{};  ///< offload mode only
  std::unique_ptr<Verifier> verifier{};
  int next_set = 0;
  std::string damage{};  ///< that was found after timing, and whose it was nobody can tell

  int take_set() { return next_set++ % sets->count(); }
};

struct Row {
  int index = 0;  ///< into the unit's cases
  const Kernel* kernel = nullptr;
  Group* group = nullptr;
  ResultRecord record{};

  std::vector<std::unique_ptr<Plan>> plans{};  ///< one a set where the kernel prepacks, else one
  std::unique_ptr<Workspace> workspace{};
  Samples samples{};
  double call_s = 0;   ///< what the last verification call took
  double spent_s = 0;  ///< wall time of sampling
  int last_set = 0;    ///< whose output the last sample wrote
  Instruments instruments{};
  bool over = false;     ///< has its status
  bool sampled = false;  ///< has all its samples, and was judged again
  bool told = false;     ///< its record was handed on
  bool lost = false;     ///< it took the device with it

  Plan& plan(int set) { return *plans[plans.size() == 1 ? 0 : static_cast<std::size_t>(set)]; }
  Operands operands(int set) const {
    Operands operands = (*group->sets)[set];
    operands.workspace = workspace->data();
    return operands;
  }
  void end(Status status, const std::string& why) {
    over = true;
    record.status = name(status);
    record.why = why;
  }
  /// Does something for the row. What it throws becomes the row's status; a lost device is thrown on.
  template <class Action>
  void attempt(Action action, const std::string& when = {}) try {
    action();
  } catch (const DeviceLost& error) {
    lost = true;
    end(Status::failed, when + error.what());
    throw;
  } catch (const std::bad_alloc&) {
    end(Status::skipped, when + "memory did not suffice");
  } catch (const std::exception& error) {
    end(Status::failed, when + error.what());
  }
};

}  // namespace gemmark
