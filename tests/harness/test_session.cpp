#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/expand.hpp"
#include "harness/session.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

namespace {

// NOLINTNEXTLINE(bugprone-exception-escape): moves a json, which says that it does not throw
struct Collector : Listener {
  void on_context(const nlohmann::json& c) override { context = c; }
  void on_result(const ResultRecord& record) override { results.push_back(record); }
  void on_comparison_end() override { ++comparisons; }
  nlohmann::json context;
  std::vector<ResultRecord> results;
  int comparisons = 0;

  const ResultRecord& of(const std::string& kernel) const {
    const auto found = std::find_if(results.begin(), results.end(), [&](const ResultRecord& record) {
      return record.kernel == "gemm/fake[" + kernel + "]";
    });
    REQUIRE(found != results.end());
    return *found;
  }
};

Collector session(const std::vector<std::string>& kernels, RunSummary* summary = nullptr,
                  const std::string& problem = "gemm m=24 n=20 k=16 in=fp32") {
  RunOptions options;
  options.problems = {problem};
  for (const std::string& kernel : kernels) options.kernels.push_back("fake[" + kernel + "]");
  options.time_limit_s = 0.002;
  options.hang_limit_s = 1;
  Collector collector;
  const RunSummary result = run_session(options, {&collector});
  if (summary != nullptr) *summary = result;
  return collector;
}

}  // namespace

TEST_CASE("a crash costs one row") {
  const Collector run = session({"segfaults", "right", "exits", "right_too"});
  CHECK(run.results.size() == 4);
  CHECK(run.of("right").status == "ok");
  CHECK(run.of("right_too").status == "ok");
  CHECK(run.of("segfaults").status == "failed");
  CHECK(run.of("segfaults").why == "its worker was killed by signal 11 (Segmentation fault)");
  CHECK(run.of("exits").why == "its worker exited with code 7");
  CHECK(run.comparisons == 1);
}

TEST_CASE("a lost device costs one row, and another process finds it again") {
  const Collector run = session({"loses_the_device", "loses_it_too", "and_again", "right", "right_too"});
  CHECK(run.results.size() == 5);
  CHECK(run.of("loses_the_device").status == "failed");
  CHECK(run.of("loses_the_device").why == "fell off the bus");
  CHECK(run.of("and_again").why == "fell a third time");
  CHECK(run.of("right").status == "ok");
  CHECK(run.of("right_too").status == "ok");
}

TEST_CASE("a device that every process loses is given up") {
  // Large enough that rows are set up for a pilot before anything is computed.
  const Collector run = session({"finds_none", "finds_none_too", "nor_does_this", "right"}, nullptr,
                                "gemm m=384 n=384 k=384 in=fp32");
  CHECK(run.results.size() == 4);
  CHECK(run.of("finds_none").status == "failed");
  CHECK(run.of("right").status == "unavailable");
  CHECK(run.of("right").why == "host was lost: it is gone");
}

TEST_CASE("a hang is ended and costs one row") {
  const Collector run = session({"hangs", "right"});
  CHECK(run.of("hangs").status == "timeout");
  CHECK(run.of("hangs").why == "its worker did not come back in time and was killed");
  CHECK(run.of("right").status == "ok");
}

TEST_CASE("a kernel that cannot be set up costs one row") {
  const Collector run = session({"segfaults_when_set_up", "right", "hangs_when_set_up", "right_too"});
  CHECK(run.of("segfaults_when_set_up").why == "its worker was killed by signal 11 (Segmentation fault)");
  CHECK(run.of("hangs_when_set_up").status == "timeout");
  CHECK(run.of("right").status == "ok");
  CHECK(run.of("right_too").status == "ok");
}

TEST_CASE("what a kernel prints does not spoil records") {
  const Collector run = session({"prints", "right"});
  CHECK(run.results.size() == 2);
  CHECK(run.of("prints").status == "ok");
}

TEST_CASE("refusals carry their reason and are never run") {
  RunSummary summary;
  const Collector run = session({"refuses", "unavailable", "right"}, &summary);
  CHECK(run.of("refuses").status == "unsupported");
  CHECK(run.of("refuses").why == "wants m to be prime");
  CHECK(run.of("unavailable").status == "unavailable");
  CHECK(run.of("unavailable").why == "libabsent.so.1 not found");
  CHECK(summary.rows_by_status ==
        std::vector<std::pair<std::string, int>>{{"ok", 1}, {"unavailable", 1}, {"unsupported", 1}});
}

TEST_CASE("a kernel that prepacks is offered where something is constant, or by name") {
  RunOptions options;
  const auto offered = [&](const std::string& problem) {
    options.problems = {problem};
    const Expansion expansion = expand(options, Registry::global());
    std::vector<std::string> statuses;
    for (const Unit& unit : expansion.units)
      for (const Case& row : unit.cases)
        if (row.kernel == "gemm/fake[prepacks]") statuses.emplace_back("offered");
    for (const ResultRecord& record : expansion.refused)
      if (record.kernel == "gemm/fake[prepacks]") statuses.push_back(record.status);
    return statuses;
  };
  CHECK(offered("gemm m=24 n=20 k=16 in=fp32 const=b") == std::vector<std::string>{"offered"});
  CHECK(offered("gemm m=24 n=20 k=16 in=fp32").empty());
  options.kernels = {"fake*"};
  CHECK(offered("gemm m=24 n=20 k=16 in=fp32") == std::vector<std::string>{"offered"});
}

TEST_CASE("a worker that cannot be started is an error") {
  RunOptions options;
  options.problems = {"gemm m=24 n=20 k=16 in=fp32"};
  CHECK_THROWS_WITH(run_session(options, {}, {"/nonexistent"}),
                    ContainsSubstring("posix_spawn: No such file"));
  CHECK_THROWS_WITH(run_session(options, {}, {"/bin/false"}),
                    ContainsSubstring("exited with code 1 while asked to prepare"));
}

TEST_CASE("the context says on what it ran") {
  const Collector run = session({"right"});
  CHECK(run.context.at("record") == "context");
  CHECK(run.context.at("schema") == "gemmark/1");
  CHECK(run.context.at("fingerprint").get<std::string>().size() == 16);
  CHECK(run.context.at("machine").at("devices").at(0).at("id") == "host");
  CHECK(run.context.at("conditions").at("timer").at("cost_s") < 1e-4);
}
