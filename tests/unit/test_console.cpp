#include <sstream>

#include "reports/comparison_table.hpp"
#include "reports/console_sink.hpp"
#include "reports/figures.hpp"
#include "reports/progress_sink.hpp"
#include "reports/text.hpp"
#include "reports/text_grid.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"

using namespace gemmark;
using namespace gemmark::test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<ResultRecord> contest() {
  std::vector<ResultRecord> rows{row("cpu_naive", "fp32", 8e-3), row("avx512_packed", "fp32", 0.9e-3),
                                 row("openblas", "fp32", 1e-3, "vendor"), row("avx512_packed", "fp64", 2e-3)};
  rows[0].stop = "noisy";
  return rows;
}

}  // namespace

TEST_CASE("figures keep three digits and their unit") {
  CHECK(time_text(824e-9) == "824.0 ns");
  CHECK(time_text(999.96e-9) == "1.00 us");
  CHECK(time_text(9.806e-3) == "9.81 ms");
  CHECK(time_text(61) == "61.0 s");
  CHECK(time_text(std::optional<double>()) == "-");
  CHECK(clock_text(7.4) == "0:07");
  CHECK(clock_text(3729) == "1:02:09");
  CHECK(number_text(0) == "0");
  CHECK(number_text(0.5123) == "0.512");
  CHECK(number_text(218.94) == "218.9");
  CHECK(number_text(4249.4) == "4249");
  CHECK(percent_text(0.914) == "91%");
  CHECK(percent_text(0.004) == "0.4%");
  CHECK(bytes_text(3.2e10) == "32.0 GB");
  CHECK(caches_text({{1, 32768, 2}, {2, 1 << 20, 2}, {3, 3 << 19, 1}}) ==
        "L1 32 KiB × 2, L2 1 MiB × 2, L3 1.5 MiB");
}

TEST_CASE("text is as wide as it looks") {
  CHECK(width("±0.4%") == 5);
  CHECK(shortened("1.00×", 5) == "1.00×");
  CHECK(shortened("openblas[Cooperlake]", 8) == "openbla…");
}

TEST_CASE("a table ranks within a precision, the widest first") {
  const std::vector<std::string> lines = lines_of(table_text(tabulate(contest()), false));
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "gemm m=64 n=64 k=64  cold, host, 1 thread");
  CHECK(lines[1] == "  kernel         type      time    ±95%  GFLOP/s     of limit  vs vendor  err/bound");
  CHECK(lines[2] == "  avx512_packed  fp64   2.00 ms  ±0.4%     0.262  50% compute          -       0.10");
  CHECK(lines[3].empty());
  CHECK(lines[4] == "  avx512_packed  fp32  900.0 us  ±0.4%     0.583  50% compute      1.11×       0.10");
  CHECK(lines[5].find("  openblas       fp32") == 0);
  CHECK(lines[5].find("1.00×") != std::string::npos);
  CHECK(lines[6].find("±0.4%~") != std::string::npos);
  CHECK(lines[6].find("0.12×") != std::string::npos);
}

TEST_CASE("what is not right is not ranked and says why") {
  auto rows = contest();
  rows.push_back(unranked("bad", "fp32", "wrong", "3 of 4096 elements are beyond their bound"));
  rows.push_back(unranked("odd", "fp32", "mistrusted", "above the limit of the machine"));
  // The fastest time there is, but nobody's best.
  rows.back().median_s = 1e-9;
  rows.back().role = "vendor";
  const ComparisonTable table = tabulate(rows);
  REQUIRE(table.rows.size() == 6);
  CHECK(table.rows[1].tone == ComparisonTable::Tone::best);
  CHECK(table.rows[1].cells[0] == "avx512_packed");
  CHECK(table.rows[4].cells[0] == "odd");
  CHECK(table.rows[4].tone == ComparisonTable::Tone::doubtful);
  CHECK(table.rows[5].cells[0] == "bad");
  CHECK(table.rows[5].tone == ComparisonTable::Tone::bad);
  const std::string text = table_text(table, false);
  CHECK(text.find("  bad            fp32                 wrong    ") != std::string::npos);
  CHECK(text.find(" mistrusted ") != std::string::npos);
  CHECK(text.find("not ranked: above the limit of the machine") != std::string::npos);
  CHECK(text.find("not ranked: 3 of 4096 elements are beyond their bound") != std::string::npos);
  CHECK(text.find("1.11×") != std::string::npos);  // still against openblas
}

TEST_CASE("refusals share a line where they share a reason") {
  std::vector<ResultRecord> rows = contest();
  rows.push_back(unranked("amx", "fp32", "unavailable", "needs AMX"));
  rows.push_back(unranked("amx", "fp64", "unavailable", "needs AMX"));
  rows.push_back(unranked("amx2", "fp64", "unavailable", "needs AMX"));
  rows.push_back(unranked("openblas", "fp64", "unsupported", "no fp64 today"));
  rows.push_back(unranked("cpu_slow", "fp64", "skipped", "one call would take 12 s"));
  const ComparisonTable table = tabulate(rows);
  REQUIRE(table.not_run.size() == 3);
  CHECK(table.not_run[0].text == "amx, amx2 (unavailable: needs AMX)");
  CHECK(table.not_run[1].text == "openblas fp64 (unsupported: no fp64 today)");
  CHECK(table.not_run[2].text == "cpu_slow (skipped: one call would take 12 s)");
  CHECK(table.not_run[0].lasting);
  CHECK_FALSE(table.not_run[2].lasting);
}

TEST_CASE("bandwidth and devices get their columns where they matter") {
  std::vector<ResultRecord> rows = contest();
  CHECK(table_text(tabulate(rows), false).find("GB/s") == std::string::npos);
  rows[1].bound = "bandwidth";
  rows[1].device = "cuda:0";
  rows[1].tflops = 100;
  const std::string text = table_text(tabulate(rows), false);
  CHECK(text.find("GB/s") != std::string::npos);
  CHECK(text.find("50% memory") != std::string::npos);
  CHECK(text.find("cuda:0") != std::string::npos);
  CHECK(text.find("TFLOP/s") != std::string::npos);
}

TEST_CASE("integers are counted in operations") {
  const auto header = [](const std::vector<ResultRecord>& rows) {
    return lines_of(table_text(tabulate(rows), false))[1];
  };
  CHECK(header({row("a", "int4", 1e-3), row("a", "int8", 1e-3)}).find(" GOP/s") != std::string::npos);
  CHECK(header({row("a", "fp32", 1e-3), row("a", "int8", 1e-3)}).find(" G(FL)OP/s") != std::string::npos);
  CHECK(ceilings_text({ceiling("int8", 1, 2e12)}, false).find("2000 GOP/s") != std::string::npos);
}

TEST_CASE("a table keeps to the page") {
  std::vector<ResultRecord> rows = contest();
  rows[0].bound = "bandwidth";
  rows[0].kernel = "gemm/openblas[a core type whose name goes on and on and on and on]";
  rows[1].threads = 2;
  rows.push_back(unranked("odd", "fp32", "mistrusted", "above the limit of the machine"));
  rows.push_back(unranked("bad", "fp32", "wrong", std::string(30, 'x') + " " + std::string(90, 'y') + " z"));
  for (const std::string& line : lines_of(table_text(tabulate(rows), false))) {
    CAPTURE(line);
    CHECK(width(line) <= page_columns);
  }
}

TEST_CASE("the console prints limits, tables and sums, colours only where wanted") {
  const auto print = [](bool colour) {
    std::ostringstream out;
    ConsoleSink sink(out, colour);
    sink.on_context(context());
    // A session tells first of everything that it will not measure.
    auto elsewhere = unranked("amx", "fp32", "unavailable", "needs AMX");
    elsewhere.comparison = "gemm m=1 n=1 k=1";
    sink.on_result(unranked("amx", "fp32", "unavailable", "needs AMX"));
    sink.on_result(elsewhere);
    for (const int threads : {1, 2}) sink.on_ceiling(ceiling("fp32", threads, threads * 243e9));
    sink.on_ceiling(ceiling("fp32", 1, 100e9));
    for (const int level : {2, 0}) {
      CeilingRecord stream = ceiling("", 2, level == 0 ? 38e9 : 380e9);
      stream.cache_level = level;
      sink.on_ceiling(stream);
      stream.name = "triad";
      if (level != 0) sink.on_ceiling(stream);
    }
    for (const ResultRecord& r : contest()) sink.on_result(r);
    sink.on_comparison_end();
    auto later = row("avx512_packed", "fp32", 1e-6);
    later.comparison = "gemm m=1 n=1 k=1";
    sink.on_result(later);
    sink.on_comparison_end();
    sink.on_end(summary());
    return out.str();
  };
  const std::string text = print(false);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(print(true).find("\x1b[31m1 wrong\x1b[0m") != std::string::npos);
  const std::vector<std::string> lines = lines_of(text);
  REQUIRE(lines.size() > 6);
  CHECK(lines[0] == "gemmark 1.2.3 on Some CPU (2 threads)");
  CHECK(lines[2] == "limits of host, measured");
  CHECK(lines[4] == "  fp32         243.0 GFLOP/s  486.0 GFLOP/s  avx512_fma");
  CHECK(lines[5] == "  memory read                     38.0 GB/s  cpu read");
  CHECK(lines[6] == "  L2 read                        380.0 GB/s  cpu read");
  CHECK(lines[7].empty());
  CHECK(text.find("not run: amx") == text.rfind("not run: amx"));  // once is enough
  CHECK(text.find("gemm m=1 n=1 k=1") != std::string::npos);
  CHECK(text.find("3 rows: 2 ok, 1 wrong\n") != std::string::npos);
  CHECK(text.find("took 1:02: sampling 0:41, verification 0:09, set-up 0:06, limits 0:05\n") !=
        std::string::npos);
  CHECK(text.find("~ the interval did not reach its target") != std::string::npos);
}

TEST_CASE("comparisons are told apart, and thread counts of one") {
  auto all = contest();
  for (ResultRecord r : contest()) r.threads = 2, all.push_back(r);
  auto other = row("a", "fp32", 1);
  other.comparison = "gemm m=1 n=1 k=1";
  all.push_back(other);
  const auto groups = by_comparison(all);
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].size() == 4);
  CHECK(groups[1].size() == 4);
  CHECK(groups[1][0].threads == 2);
  CHECK(groups[2].size() == 1);
}

TEST_CASE("progress writes over one line of a terminal and clears it") {
  std::ostringstream out;
  ProgressSink sink(out, 50);
  sink.on_progress({3, 24, "gemm m=64 n=64 k=64 and so on", "gemm/avx512_packed fp32", 21, 40});
  const std::string shown = out.str();
  CHECK(shown == "\r3/24  gemm m=64 n=64 k=64…  0:21, about 0:40 left\x1b[K");
  sink.on_comparison_end();
  CHECK(out.str() == shown + "\r\x1b[K");
}

TEST_CASE("refusals that differ only in their figures are one line") {
  const auto table = tabulate(
      {unranked("cpu_naive", "fp32", "skipped", "one call would take about 11.6 s, the limit is 0.1 s"),
       unranked("amx", "fp32", "unsupported", "has no fp32 variant"),
       unranked("blis", "fp32", "skipped", "one call would take about 0.4 s, the limit is 0.1 s")});
  REQUIRE(table.not_run.size() == 2);
  CHECK(table.not_run[0].text ==
        "cpu_naive, blis (skipped: one call would take about 0.4 … 11.6 s, the limit is 0.1 s)");
  CHECK(table.not_run[1].text == "amx (unsupported: has no fp32 variant)");
}

TEST_CASE("progress speaks once a comparison where there is no terminal") {
  std::ostringstream out;
  ProgressSink sink(out, 0);
  for (int i = 0; i < 3; ++i) sink.on_progress({1, 2, "gemm m=1 n=1 k=1", "setting up", 0, -1});
  sink.on_progress({2, 2, "gemm m=2 n=2 k=2", "setting up", 5, 5});
  sink.on_end({});
  CHECK(out.str() ==
        "1/2  gemm m=1 n=1 k=1  setting up  0:00\n"
        "2/2  gemm m=2 n=2 k=2  setting up  0:05, about 0:05 left\n");
}
