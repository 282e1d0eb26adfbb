#include <cmath>
#include <set>

#include "reports/engine.hpp"
#include "reports/facts.hpp"
#include "reports/figures.hpp"
#include "reports/headline.hpp"
#include "reports/run_diff.hpp"
#include "reports/summary_markdown.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"
#include "tests/unit/scratch.hpp"

using namespace gemmark;
using namespace gemmark::test;

namespace {

NamedRun run(const std::string& name, std::vector<ResultRecord> rows) {
  NamedRun named{name, {.context = context(), .results = std::move(rows)}};
  named.run.complete = true;
  return named;
}

bool holds(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

std::string all(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += finding.figure + ": " + finding.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("A ratio says how much faster, with an interval that joins both") {
  const auto twice = ratio(row("a", "fp32", 2), row("b", "fp32", 1));
  REQUIRE(twice);
  CHECK(twice->value == 2);
  REQUIRE(twice->ci95);
  // Both are known to 0.4%: together to √2 of that.
  CHECK(std::abs(twice->ci95->second / 2 - 1 - 0.00566) < 1e-4);
  CHECK(std::abs(1 - twice->ci95->first / 2 - 0.00564) < 1e-4);
  ResultRecord bare = row("a", "fp32", 2);
  bare.ci95_s.reset();
  CHECK_FALSE(ratio(bare, row("b", "fp32", 1))->ci95);
  CHECK_FALSE(ratio(unranked("a", "fp32", "skipped", "dear"), row("b", "fp32", 1)));
  CHECK(ratio_text({2, std::pair{1.5, 2.5}}) == "2.00× [1.50, 2.50]");
  CHECK(times_text(0.0123) == "0.012×");
}

TEST_CASE("A row stands beside the fastest vendor of its comparison, precision and device") {
  const auto runs = std::vector{
      run("a", {row("cpu", "fp32", 4), row("openblas", "fp32", 2, "vendor"), row("blis", "fp32", 3, "vendor"),
                row("cpu", "fp64", 4), unranked("onednn", "fp64", "wrong", "off")})};
  const auto found = peers(runs);
  CHECK(found[0].vendor == 1);
  CHECK(found[0].speedup->value == 0.5);
  CHECK(found[2].speedup->value == Approx(2.0 / 3));
  CHECK_FALSE(found[3].vendor);
  CHECK(found[0].size == 64);
  CHECK(found[0].group == found[3].group);
}

TEST_CASE("Runs have names that differ, whatever their files are called") {
  RecordFile one{.path = "x/a.jsonl", .runs = {{}}, .warnings = {}};
  RecordFile two{.path = "y/a.jsonl", .runs = {{}, {}}, .warnings = {}};
  std::vector<std::string> names;
  for (const NamedRun& named : named_runs({one, one, two})) names.push_back(named.name);
  CHECK(names == std::vector<std::string>{"a", "a (2)", "a 1", "a 2"});
}

TEST_CASE("What optimisation is worth at the most says how sure that is") {
  auto wild = row("cpu_naive", "fp32", 5e-3);
  const auto said = [&] {
    const auto named = run("a", {row("cpu_naive", "fp64", 5e-4), row("cpu_packed", "fp64", 5e-6), wild,
                                 row("cpu_packed", "fp32", 5e-6)});
    return all(headline(named, peers({named})).findings);
  };
  wild.ci95_s = std::pair{1e-3, 9e-3};
  CHECK(holds(said(),
              "1000×: what optimisation is worth on the CPU at the most: from cpu_naive to cpu_packed "
              "on 64×64×64 in fp32 (95%: 200× to 1800×)"));
  wild.ci95_s.reset();
  CHECK(holds(said(), "on 64×64×64 in fp32 (too few samples for an interval)"));
}

TEST_CASE("Only what an interval decides is a comparison won") {
  auto few = row("cpu", "int8", 1);
  few.ci95_s.reset();
  const auto named = run("a", {row("cpu", "fp32", 1), row("blas", "fp32", 2, "vendor"), row("cpu", "fp64", 1),
                               row("blas", "fp64", 1.001, "vendor"), few, row("blas", "int8", 2, "vendor"),
                               row("cpu", "bf16", 2), row("blas", "bf16", 1, "vendor")});
  CHECK(holds(
      all(headline(named, peers({named})).findings),
      "1 of 4: comparisons in which an own kernel is surely at least as fast as the best vendor library; "
      "2 undecided: their 95% interval holds 1×, or is missing; median 1.50×"));
}

TEST_CASE("The headline is computed from the rows") {
  const auto named =
      run("a", {row("cpu_naive", "fp32", 5.24288e-3), row("cpu_packed", "fp32", 5.24288e-6),
                row("openblas", "fp32", 5.24288e-6, "vendor"), row("onednn", "int8", 2.62144e-7, "vendor"),
                unranked("x", "fp32", "wrong", "element 3 is off")});
  const Headline h = headline(named, peers({named}));
  CHECK(h.title == "Some CPU");
  CHECK(h.sentence ==
        "The CPU reaches 100 GFLOP/s in fp32 (50% of the compute limit) and 2.00 TOP/s in int8 (50%).");
  REQUIRE(h.best.size() == 2);
  CHECK(h.best[0].kernel == "cpu_packed");
  CHECK(h.best[0].problem == "64×64×64");
  CHECK(h.best[0].engine == "CPU");
  REQUIRE((h.best[0].own && h.best[0].vendor));
  CHECK(h.best[0].own->kernel == "cpu_packed");
  CHECK(h.best[0].vendor->kernel == "openblas");
  CHECK_FALSE(h.best[1].own);
  CHECK(holds(
      all(h.findings),
      "0 of 1: comparisons in which an own kernel is surely at least as fast as the best vendor library; "
      "1 undecided: their 95% interval holds 1×, or is missing; median 1.00×, from 1.00× (64×64×64 in "
      "fp32)"));
  CHECK(holds(all(h.findings),
              "1000×: what optimisation is worth on the CPU at the most: from cpu_naive to cpu_packed"));
  CHECK(holds(all(h.worries), "1 wrong: x: element 3 is off"));
  CHECK(headline(run("b", {}), {}).sentence == "This run holds no results.");
}

TEST_CASE("The headline warns of noise, throttling, old kernels and an unfinished run") {
  ResultRecord noisy = row("cpu", "fp32", 1);
  noisy.stop = "noisy";
  noisy.throttle = "power cap";
  noisy.contended_samples = 1;
  ResultRecord short_of_samples = noisy;
  short_of_samples.kernel = "c";
  short_of_samples.ci95_s.reset();
  short_of_samples.throttle.clear(), short_of_samples.contended_samples = 0;
  ResultRecord on_gpu = row("d", "fp32", 1);
  on_gpu.device = "cuda:0";
  auto named = run("a", {noisy, row("b", "fp32", 1), short_of_samples, on_gpu});
  named.run.complete = false;
  named.run.context["libraries"]["openblas"] = {{"advice", {"dispatches to Prescott"}}};
  named.run.context["conditions"]["environment"] = {{"OMP_NUM_THREADS", "1"},
                                                    {"CUDA_LONG", std::string(5000, 'x')},
                                                    {"CUDA_VERSION", "13.0"},
                                                    {"NVIDIA_VISIBLE_DEVICES", "0"}};
  named.run.context["build"]["revision"] = "abc-dirty";
  const std::string said = all(headline(named, peers({named})).worries);
  for (const char* what :
       {"2 of 4: rows are noisy", "1 of them took too few samples to have one", "the widest is ±0.4%",
        "1 of 4 throttled: rows ran at lowered clocks: power cap (1)",
        "1 of 3 disturbed: rows on the CPU were", "openblas: dispatches to Prescott",
        "incomplete: the run did not finish; 4 results", "OMP_NUM_THREADS=1", "CUDA_LONG=xxx",
        "uncommitted: built from revision abc-dirty"}) {
    INFO(said);
    CHECK(holds(said, what));
  }
  CHECK(said.size() < 2000);
  // What steers nothing is no doubt.
  CHECK_FALSE(holds(said, "CUDA_VERSION"));
  CHECK_FALSE(holds(said, "NVIDIA_VISIBLE_DEVICES"));
}

TEST_CASE("The CPU, CUDA cores and Tensor cores are set against each other") {
  ResultRecord cuda = row("cuda_shared", "fp32", 1e-6), tensor = row("wgmma", "bf16", 1e-7),
               integers = row("wgmma", "int8", 1e-8);
  cuda.device = tensor.device = integers.device = "cuda:0";
  // On a problem of their own Tensor cores are faster still, and CUDA cores on another.
  ResultRecord alone = row("wgmma", "bf16", 1e-9), base_alone = row("cuda_shared", "fp32", 1e-8);
  alone.device = base_alone.device = "cuda:0";
  alone.comparison = "gemm m=8192 n=8192 k=8192", base_alone.comparison = "gemm m=16 n=8192 k=8192";
  const auto named = run("a", {row("cpu", "fp32", 1e-4), cuda, tensor, integers, alone, base_alone});
  const std::string said = all(headline(named, peers({named})).findings);
  INFO(said);
  CHECK(holds(said,
              "100×: CUDA cores over the CPU: 524 GFLOP/s in fp32 against 5.24 GFLOP/s in fp32 on "
              "64×64×64\n"));
  CHECK(holds(said,
              "10.0×: Tensor cores over CUDA cores: 5.24 TFLOP/s in bf16 against 524 GFLOP/s in fp32 on "
              "64×64×64; also 100× int8\n"));
  const Headline h = headline(named, peers({named}));
  CHECK(h.best[2].rate == "52.4 TOP/s");
  CHECK(h.best[2].engine == "Tensor cores");
  CHECK(holds(h.sentence, "The GPU reaches 52.4 TFLOP/s in fp32"));
}

TEST_CASE("Modes do not compare: the headline names them where a run has several") {
  ResultRecord cold = row("cpu", "fp32", 2), hot = row("cpu", "fp32", 1);
  hot.mode = "hot";
  const auto named = run("a", {cold, hot});
  const Headline h = headline(named, peers({named}));
  REQUIRE(h.best.size() == 2);
  CHECK(h.best[0].problem == "64×64×64, cold mode");
  CHECK(h.best[1].problem == "64×64×64, hot mode");
  CHECK(holds(h.sentence, "in fp32, hot mode (50% of the compute limit)"));
}

TEST_CASE("A GPU alone is the title, and a CPU alone says why there is no GPU") {
  ResultRecord gpu = row("wgmma", "bf16", 1e-7);
  gpu.device = "cuda:0";
  auto named = run("a", {gpu});
  named.run.context["machine"]["devices"].push_back({{"id", "cuda:0"}, {"model", "Some GPU"}});
  Headline h = headline(named, peers({named}));
  CHECK(h.title == "Some GPU");
  CHECK(holds(h.subtitle, "host not measured: Some CPU"));
  named = run("a", {row("cpu", "fp32", 1)});
  named.run.context["machine"]["missing_devices"] = {{"cuda", "no driver"}};
  CHECK(holds(
      all(headline(named, peers({named})).findings),
      "no GPU: to set against the CPU, neither CUDA cores nor Tensor cores, and so no crossover: no driver"));
}

TEST_CASE("Integers have operations, and no floating-point ones") {
  CHECK(rate_text(1950, "int8") == "1.95 POP/s");
  CHECK(rate_text(0.0437, "int4") == "43.7 GOP/s");
  CHECK(rate_text(104.4, "w4a16") == "104 TFLOP/s");
  CHECK(rate_unit(true, true) == "(FL)OP/s");
}

TEST_CASE("A row's engine is told from its backend, and a library's from the precision") {
  const auto on_gpu = [](const char* kernel, const char* precision, const char* role = "own") {
    ResultRecord r = row(kernel, precision, 1, role);
    r.device = "cuda:0";
    return engine(r);
  };
  CHECK(engine(row("amx_packed", "bf16", 1)) == Engine::cpu);
  CHECK(on_gpu("cuda_half2", "fp16acc16") == Engine::cuda_cores);
  for (const char* kernel : {"wmma_basic", "mma_fp64", "wgmma_persistent"})
    CHECK(on_gpu(kernel, "fp64") == Engine::tensor_cores);
  CHECK(on_gpu("cublaslt_matmul", "fp32", "vendor") == Engine::cuda_cores);
  CHECK(on_gpu("cublaslt_matmul", "fp8", "vendor") == Engine::tensor_cores);
  CHECK(on_gpu("cublas_gemm", "fp64", "vendor") == Engine::device);
  CHECK(on_gpu("cublas_gemm[emulated]", "fp32", "vendor") == Engine::device);
}

TEST_CASE("The headline says from which size on a device leads") {
  auto named = run("a", {});
  const auto sweep = [](const char* precision, bool transfers, const char* verdict,
                        const nlohmann::json& from) {
    return nlohmann::json({{"record", "summary"},
                           {"kind", "offload-crossover"},
                           {"varies", "m=n=k"},
                           {"family", std::string("gemm tb=1 in=") + precision},
                           {"device", "cuda:0"},
                           {"precision", precision},
                           {"transfers", transfers},
                           {"verdict", verdict},
                           {"from", from},
                           {"points", nlohmann::json::array()}});
  };
  named.run.findings = {sweep("fp32", false, "from", 256), sweep("bf16", false, "always", 64),
                        sweep("fp32", true, "never", nullptr)};
  const std::string said = all(headline(named, {}).findings);
  INFO(said);
  CHECK(holds(
      said,
      "from 64: the GPU beats the CPU, operands already there (m=n=k tb=1): fp32 from 256; bf16 from 64, "
      "the smallest measured"));
  CHECK(holds(said, "never: the GPU beats the CPU, its transfers counted (m=n=k tb=1): fp32 never"));
}

TEST_CASE("Runs are compared row by row, slowest first, with what is missing on either side") {
  ResultRecord more_threads = row("blis", "fp32", 1);
  more_threads.threads = 4;
  const std::vector runs{run("base", {row("a", "fp32", 1), row("b", "fp32", 1), row("gone", "fp32", 1),
                                      row("blis", "fp32", 2), row("c", "fp32", 1)}),
                         run("head", {row("a", "fp32", 2), row("b", "fp32", 0.5), row("new", "fp32", 1),
                                      more_threads, unranked("c", "fp32", "wrong", "off")})};
  const RunDiff diff = compare_runs(runs, 0, 1);
  REQUIRE(diff.rows.size() == 4);
  CHECK(diff.rows[0].ratio->value == 0.5);
  CHECK(diff.rows[1].ratio->value == 2);
  CHECK(diff.rows[3].note == "ok, then wrong; off");
  CHECK(diff.rows[2].note == "threads 1, then 4");
  CHECK(diff.only_base == std::vector<std::size_t>{2});
  CHECK(diff.only_head == std::vector<std::size_t>{2});
}

TEST_CASE("What differs behind what is shown of it differs all the same") {
  std::vector runs{run("a", {}), run("b", {})};
  const std::string drivers(1000, 'd');
  runs[0].run.context["libraries"]["x"] = {{"available", false}, {"why", drivers + "1"}};
  runs[1].run.context["libraries"]["x"] = {{"available", false}, {"why", drivers + "2"}};
  runs[0].run.context["options"]["problems"] = {"gemm m=1 n=1 k=1 in=fp32"};
  runs[1].run.context["options"]["problems"] = {"gemm m=2 n=2 k=2 in=fp32"};
  std::set<std::string> differ;
  for (const Fact& fact : facts(runs)) {
    if (fact.differs) differ.insert(fact.topic + " " + fact.name);
    for (const std::string& value : fact.values) CHECK(value.size() < 400);
  }
  CHECK(differ == std::set<std::string>{"libraries x", "options problems"});
}

TEST_CASE("The summary in markdown has the best, the doubts and the differences") {
  const auto file = [](const std::string& path, double seconds, const std::string& revision) {
    auto about = context();
    about["build"]["revision"] = revision;
    return read_records(to_line(about) + "\n" + to_line(row("cpu_x|y", "fp32", seconds)) + "\n", path);
  };
  const std::string text = summary_markdown({file("a.jsonl", 5.24288e-6, "one")}, false);
  CHECK(holds(text, "## Some CPU (a)"));
  CHECK(holds(
      text,
      "| fp32 | host | CPU | 100 GFLOP/s | 50% of the compute limit | 50% | – | cpu_x\\|y | 64×64×64 |"));
  CHECK(holds(text, "- **incomplete**"));
  const std::string compared =
      summary_markdown({file("a.jsonl", 2e-6, "one"), file("b.jsonl", 1e-6, "two")}, true);
  INFO(compared);
  CHECK(holds(compared, "## b against a"));
  CHECK(holds(compared, "| build | revision | one | two |"));
  CHECK(holds(compared, "| cpu_x\\|y | 64×64×64 | fp32 | 2.00 us | 1.00 us | 2.00× \\[1.99, 2.01\\] |  |"));
  CHECK(holds(complaint([&] { summary_markdown({file("a.jsonl", 1, "")}, true); }), "at least two runs"));
}
