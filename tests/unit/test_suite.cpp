#include "bench/conditions.hpp"
#include "bench/expansion.hpp"
#include "bench/settings.hpp"
#include "bench/suite.hpp"
#include "bench/usage_error.hpp"
#include "kernels/api/problem.hpp"
#include "tests/catch.hpp"
#include "tests/unit/scratch.hpp"

using namespace gemmark;
using namespace gemmark::test;
using Texts = std::vector<std::string>;

namespace {

std::string reason(const std::string& line) {
  return complaint([&] { expand_problems(line, 7); });
}

class Suites {
 public:
  Suites() { setenv("GEMMARK_SUITES", scratch.path("").c_str(), 1); }
  ~Suites() { unsetenv("GEMMARK_SUITES"); }
  std::string wrong(const std::string& text) const {
    scratch.write("bad.suite", text);
    std::string message = complaint([] { load_suite("bad"); });
    // What follows the path is of interest.
    const std::string path = scratch.path("bad.suite");
    return message.find(path) == 0 ? message.substr(path.size()) : message;
  }
  Scratch scratch;
};

}  // namespace

TEST_CASE("a line stands for one problem or many") {
  CHECK(expand_problems("gemm m=1 k=3 n=2 in=fp32") == Texts{"gemm m=1 n=2 k=3 in=fp32"});
  CHECK(expand_problems("gemm m={1,16} n=2 k=3 in={fp32,fp64}") ==
        Texts{"gemm m=1 n=2 k=3 in=fp32", "gemm m=1 n=2 k=3 in=fp64", "gemm m=16 n=2 k=3 in=fp32",
              "gemm m=16 n=2 k=3 in=fp64"});
  CHECK(expand_problems("gemm m=n=k={2..6..2,9} in=fp32") ==
        Texts{"gemm m=2 n=2 k=2 in=fp32", "gemm m=4 n=4 k=4 in=fp32", "gemm m=6 n=6 k=6 in=fp32",
              "gemm m=9 n=9 k=9 in=fp32"});
}

TEST_CASE("what is wrong with a line is said with its place") {
  CHECK(reason("gemm m=0 n=1 k=1 in=fp32").find("line 7, column 8: m=0 is not possible") == 0);
  CHECK(reason("gemm m=n=k={1,0} in=fp32").find("(in 'gemm m=0 n=0 k=0 in=fp32')") != std::string::npos);
  CHECK(reason("gemm m={1,2 n=1 k=1 in=fp32").find("line 7, column 8: 'm={1,2' has a brace") == 0);
  CHECK(reason("gemm m=1} n=1 k=1 in=fp32").find("line 7, column 9: 'm=1}' has a brace") == 0);
  CHECK(reason("gemm m={4..1} n=1 k=1 in=fp32").find("'4..1' is no range") != std::string::npos);
  CHECK(reason("gemm m={1..9..0} n=1 k=1 in=fp32").find("'1..9..0' is no range") != std::string::npos);
  CHECK(reason("gemm m={1..x} n=1 k=1 in=fp32").find("'1..x' is no range") != std::string::npos);
  CHECK(reason("gemm m={1..9223372036854775807} n=1 k=1 in=fp32").find("more than 10000") !=
        std::string::npos);
  CHECK(reason("gemm m={1..200} n={1..200} k=1 in=fp32").find("more than 10000 problems") !=
        std::string::npos);
  CHECK(reason("gemm m={} n=1 k=1 in=fp32").find("m= is not possible") != std::string::npos);
}

TEST_CASE("a suite is problems, settings and a word about them") {
  const Suites suites;
  suites.scratch.write("inner.suite", "# Inner\nset seed 9\ngemm m=1 n=1 k=1 in=fp32\n");
  suites.scratch.write("outer.suite",
                       "# Outer: what it is for\n# more\n\nset time-limit 0.25\r\n"
                       "gemm m=2 n=2 k=2 in=fp32\ninclude inner\n  gemm m=n=k=2 in=fp32 alpha=1\n");
  const Suite suite = load_suite("outer");
  CHECK(suite.name == "outer");
  CHECK(suite.summary == "Outer: what it is for");
  // Each problem once, whatever its spelling; settings only of the suite itself.
  CHECK(suite.problems == Texts{"gemm m=2 n=2 k=2 in=fp32", "gemm m=1 n=1 k=1 in=fp32"});
  CHECK(suite.settings == std::vector<std::pair<std::string, std::string>>{{"time-limit", "0.25"}});
  CHECK(suite_names() == Texts{"inner", "outer"});
  CHECK(load_suite(suites.scratch.path("inner.suite")).problems.size() == 1);
}

TEST_CASE("what is wrong with a suite is said with its place") {
  const Suites suites;
  suites.scratch.write("smoke.suite", "gemm m=1 n=1 k=1 in=fp32\n");
  CHECK(complaint([] { load_suite("smok"); }) ==
        "unknown suite 'smok'; did you mean 'smoke'? (gemmark list suites)");
  CHECK(complaint([&] { load_suite(suites.scratch.path("none.suite")); }).find("cannot be read") !=
        std::string::npos);
  CHECK(suites.wrong("# nothing\n") == ": holds no problems");
  CHECK(suites.wrong("\ngemm m=1 n=1 k=1 in=fp31\n").find(", line 2, column 21: in=fp31 is not possible") ==
        0);
  CHECK(suites.wrong("set speed 3\n").find(", line 1: 'speed' is no setting") == 0);
  CHECK(suites.wrong("set time-limt 3\n").find("did you mean 'time-limit'?") != std::string::npos);
  CHECK(suites.wrong("set seed\n").find(", line 1: expected 'set NAME VALUE'") == 0);
  CHECK(suites.wrong("include bad\n").find(", line 1: 'bad' includes itself") == 0);
  suites.scratch.write("inner.suite", "gemm m=0 n=1 k=1 in=fp32\n");
  CHECK(suites.wrong("include inner\n").find(suites.scratch.path("inner.suite") + ", line 1, column 8") == 0);
}

TEST_CASE("settings say what would be right") {
  RunOptions options;
  apply_setting(options, "threads", "1,2,all");
  CHECK(options.threads == std::vector<int>{1, 2, 0});
  apply_setting(options, "mode", "hot,latency");
  CHECK(options.modes == std::vector<Mode>{Mode::hot, Mode::latency});
  apply_setting(options, "target", "0.2%");
  CHECK(options.target == Approx(0.002));
  apply_setting(options, "data", "zeros");
  CHECK(options.data == Distribution::zeros);
  apply_setting(options, "seed", "18446744073709551615");
  CHECK(options.seed == std::numeric_limits<std::uint64_t>::max());
  apply_setting(options, "ceilings", "off");
  CHECK(options.ceilings == CeilingPolicy::off);

  const auto wrong = [](const char* name, const char* value) {
    return complaint([&] {
      RunOptions ignored;
      apply_setting(ignored, name, value);
    });
  };
  CHECK(wrong("time-limit", "nan") ==
        "time-limit 'nan': expected seconds, more than 0 and at most 86400, as in 0.5");
  CHECK(wrong("time-limit", "inf").find("expected seconds") != std::string::npos);
  CHECK(wrong("target", "0").find("expected a percentage") != std::string::npos);
  CHECK(wrong("threads", "0").find("expected thread counts") != std::string::npos);
  CHECK(wrong("threads", "1,").find("nothing") == 0);  // a comma too many is no harm
  CHECK(wrong("threads", ",").find("expected at least one value") != std::string::npos);
  CHECK(wrong("mode", "warm") ==
        "mode 'warm': 'warm' is unknown; expected one of cold, hot, latency, offload");
  CHECK(wrong("data", "uniform,zeros").find("expected one value only") != std::string::npos);
  CHECK(wrong("seed", "18446744073709551616").find("expected an integer") != std::string::npos);
}

TEST_CASE("a slip of the keyboard is recognised, nonsense is not") {
  const Texts names{"gemm/avx512_packed", "gemm/cpu_naive"};
  CHECK(suggestion("avx512_packed", names) == "; did you mean 'gemm/avx512_packed'?");
  CHECK(suggestion("cpu_nave", names) == "; did you mean 'gemm/cpu_naive'?");
  CHECK(suggestion("zzzzzzzzzzzz", names) == "; expected one of gemm/avx512_packed, gemm/cpu_naive");
  CHECK(suggestion("x", Texts(40, "a name that is far away")).empty());
}

TEST_CASE("conditions are read from the kernel's words") {
  const ProcessorTimes times = processor_times("cpu  10 1 2 100 5 0 3 7 0 0");
  CHECK(times.busy == 16);
  CHECK(times.idle == 105);
  CHECK(times.steal == 7);
  CHECK(processor_times("cpu0 1 2").busy == 0);
  CHECK(
      environment_advice("OPENBLAS_CORETYPE", "Haswell").find("OPENBLAS_CORETYPE=Haswell forces OpenBLAS") ==
      0);
  CHECK(environment_advice("CUDA_HOME", "/usr/local/cuda").empty());
}
