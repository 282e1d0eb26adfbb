// How vendors' libraries are found, tried and kept apart.
#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "kernels/backends/blis.hpp"
#include "kernels/backends/openblas.hpp"
#include "kernels/gemm/cblas_gemm.hpp"
#include "tests/kernels/vendor.hpp"

namespace gemmark {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;
using namespace std::chrono_literals;

Variables without_memory(Variables variables) {
  // What trials leave to other processes, and what the CUDA device sets for good where there is one.
  std::erase_if(variables, [](const auto& v) {
    return v.first.starts_with("GEMMARK_TRIAL_") || v.first == "CUDA_MODULE_LOADING";
  });
  return variables;
}

// Before main, and so before any factory can have run.
const Variables at_start = environment_with({""});

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Two products with the same result by a copy that was asked for `core`, in a child first: a core type that
// this build lacks may abort.
void check_separate(const std::optional<Cblas>& environment, Cblas (*load)(const BlasLoad&),
                    const std::string& core) {
  const ChildReport tried = in_child(10s, [&](const auto& say) { say(load({core, true}).core); });
  if (!same_core(tried.output.substr(0, tried.output.find('\n')), core)) {
    WARN("skipped: this build has no " << core);
    return;
  }
  const Cblas copy = load({.core = core});
  CHECK_FALSE(same_core(copy.core, environment->core));
  CHECK(copy.sgemm != environment->sgemm);
  environment->set_threads(1);
  copy.set_threads(2);
  CHECK(environment->threads() == 1);
  if (copy.threaded) CHECK(copy.threads() == 2);
  for (const Cblas* blas : {&*environment, &copy}) {
    const std::vector<float> a(65 * 65, 2), b(65 * 65, 3);
    std::vector<float> c(65 * 65, -1);
    blas->sgemm(cblas_row_major, cblas_no_trans, cblas_trans, 65, 65, 65, 1, a.data(), 65, b.data(), 65, 0,
                c.data(), 65);
    CHECK(std::count(c.begin(), c.end(), 6.0f * 65) == 65 * 65);
  }
}

void set_nothing(int) {}
int one_thread() { return 1; }
void slow_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                int) {
  std::this_thread::sleep_for(10ms);
}
void fast_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                int) {
  std::this_thread::sleep_for(500us);
}
void aborting_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                    int) {
  std::abort();
}

Contender contender(const std::string& label, const std::string& core, CblasGemm<float, float>* sgemm) {
  return {label, [=] {
            Cblas blas;
            blas.core = core;
            blas.sgemm = sgemm;
            blas.threads = one_thread;
            blas.set_threads = set_nothing;
            return blas;
          }};
}

}  // namespace

TEST_CASE("a missing library says so", "[vendor]") {
  std::string why;
  try {
    Library::open("libgemmark-nonsense.so.9");
  } catch (const LibraryError& error) {
    why = error.what();
  }
  CHECK(contains(why, "libgemmark-nonsense.so.9 not found"));

  BlasFamily family{.display = "Nonsense", .soname = "libgemmark-nonsense.so.9"};
  family.load = [](const BlasLoad&) -> Cblas {
    Library::open("libgemmark-nonsense.so.9");
    return {};
  };
  const BlasFinding found = find_blas(family);
  CHECK_FALSE(found.available);
  CHECK(contains(found.available.why(), "libgemmark-nonsense.so.9 not found"));
  CHECK(std::getenv("GEMMARK_TRIAL_NONSENSE") == nullptr);
  const auto kernels = cblas_kernels(family, found);
  REQUIRE(kernels.size() == 1);
  const Problem problem = parse_problem("gemm m=8 n=8 k=8 in=fp32");
  CHECK_THROWS_AS(kernels[0].plan({problem, testing::host()}), LibraryError);
}

TEST_CASE("the environment is what it was after the factories ran", "[vendor]") {
  Registry::global().kernels();
  for (const Backend& backend : Registry::global().backends()) Registry::global().status(backend.name);
  CHECK(without_memory(environment_with({""})) == without_memory(at_start));
}

TEST_CASE("a copy of OpenBLAS with another core type is separate", "[vendor]") {
  if (!testing::here("openblas")) return;
  const bool haswell = same_core(openblas().environment->core, "Haswell");
  check_separate(openblas().environment, load_openblas, haswell ? "Nehalem" : "Haswell");
}

TEST_CASE("a fork does not cost OpenBLAS its threads", "[vendor]") {
  if (!testing::here("openblas")) return;
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = threads();
  REQUIRE(in_child(10s, [](const auto& say) { say("forked"); }).output == "forked\n");
  CHECK(threads() == before);
  CHECK(threads() >= std::min(testing::host().info().max_threads, openblas().environment->max_threads));
}

TEST_CASE("a copy of BLIS with another core type is separate", "[vendor]") {
  if (!testing::here("blis")) return;
  check_separate(blis().environment, load_blis,
                 blis().environment->core == "generic" ? "haswell" : "generic");
}

TEST_CASE("a core type that does not exist is refused", "[vendor]") {
  if (testing::here("openblas"))
    CHECK_THROWS_AS(load_openblas({.core = "Pentium9000", .without_threads = true}), LibraryError);
  if (testing::here("blis"))
    CHECK_THROWS_AS(load_blis({.core = "pentium9000", .without_threads = true}), LibraryError);
}

TEST_CASE("a BLIS that aborts is unavailable and the program lives", "[vendor]") {
  if (dlopen("libblis.so.4", RTLD_NOW | RTLD_NOLOAD) != nullptr) {
    WARN("skipped: BLIS has already read its settings in this process; run this test alone");
    return;
  }
  try {
    Library::open("libblis.so.4");
  } catch (const LibraryError& error) {
    WARN("skipped: " << error.what());
    return;
  }
  ScopedEnvironment environment;
  environment.set("BLIS_ARCH_TYPE", "9999");
  environment.unset("GEMMARK_TRIAL_BLIS");
  const BlasFinding found = find_blas(blis_family());
  INFO(found.available.why());
  CHECK_FALSE(found.available);
  CHECK(contains(found.available.why(), "BLIS_ARCH_TYPE=9999"));
  CHECK_FALSE(found.environment);
}

TEST_CASE("a trial finds the fastest and survives who aborts", "[vendor]") {
  const std::vector<Contender> contenders{
      contender("", "slow", slow_sgemm),
      contender("dies", "dies", aborting_sgemm),
      contender("slow", "slow", fast_sgemm),
      contender("fast", "fast", fast_sgemm),
      {"absent", []() -> Cblas { throw LibraryError("asked for absent, took slow"); }}};
  const auto outcomes = run_trial(contenders, false);
  REQUIRE(outcomes.size() == 5);
  CHECK(outcomes[0].gflops > 0);
  CHECK(outcomes[1].crashed);
  CHECK(contains(outcomes[1].failure, "died of"));
  // It would be the environment's core type again.
  CHECK(outcomes[2].gflops == 0);
  CHECK(outcomes[3].gflops > 2 * outcomes[0].gflops);
  CHECK(outcomes[4].failure == "asked for absent, took slow");
  CHECK(blas_detail::winner(outcomes) == 3u);
  CHECK(run_trial(contenders, true)[2].gflops > 0);
}

TEST_CASE("a core type must be clearly faster to get a row", "[vendor]") {
  CHECK(blas_detail::winner({{.gflops = 100}, {.gflops = 104}}) == 0u);
  CHECK(blas_detail::winner({{.gflops = 100}, {.gflops = 120}}) == 1u);
  CHECK(blas_detail::winner({{.gflops = 100}, {.gflops = 120}, {.gflops = 122}}) == 1u);
  CHECK(blas_detail::winner({{.gflops = 100}, {.gflops = 120}, {.gflops = 126}}) == 2u);
  CHECK(blas_detail::winner({{.gflops = 0}, {.gflops = 10}}) == 1u);
  CHECK(blas_detail::winner({{.gflops = 0}, {.gflops = 0}}) == std::nullopt);
}

TEST_CASE("a trial is inherited while its conditions hold", "[vendor]") {
  ScopedEnvironment environment;
  environment.unset("GEMMARK_TRIAL_FAKE");
  const std::vector<Contender> contenders{{"", {}}, {"Fast", {}}};
  const TrialMemory memory("Fake", "A=1");
  CHECK_FALSE(memory.recall(contenders));
  memory.remember({{"", "slow", 12.5, "", false}, {"Fast", "", 0, "died; of | it", true}});
  const auto outcomes = memory.recall(contenders);
  REQUIRE(outcomes);
  CHECK((*outcomes)[0].core == "slow");
  CHECK((*outcomes)[0].gflops == 12.5);
  CHECK((*outcomes)[1].crashed);
  CHECK((*outcomes)[1].failure == "died, of | it");
  CHECK_FALSE(TrialMemory("Fake", "A=2").recall(contenders));
  CHECK_FALSE(memory.recall({{"", {}}, {"Other", {}}}));
  setenv("GEMMARK_TRIAL_FAKE", "junk;;|", 1);
  CHECK_FALSE(memory.recall(contenders));
}

TEST_CASE("a trial's conditions are what moves its outcome", "[vendor]") {
  ScopedEnvironment environment;
  environment.unset("OPENBLAS_CORETYPE");
  const auto conditions = [] { return blas_detail::trial_conditions(openblas_family()); };
  const std::string before = conditions();
  environment.set("OPENBLAS_THREAD_TIMEOUT", "20");
  CHECK(conditions() == before);
  environment.set("OPENBLAS_L2_SIZE", "12345");
  CHECK(conditions() != before);
  environment.unset("OPENBLAS_L2_SIZE");
  environment.set("OPENBLAS_CORETYPE", "Nehalem");
  CHECK(conditions() != before);
}

TEST_CASE("a child that hangs is ended", "[vendor]") {
  const ChildReport report = in_child(100ms, [](const auto& say) {
    say("here");
    std::this_thread::sleep_for(60s);
  });
  CHECK(report.timed_out);
  CHECK(report.output == "here\n");
}

TEST_CASE("a scope's variables are restored in order", "[vendor]") {
  const auto value = [](const char* variable) {
    const char* text = std::getenv(variable);
    return std::string(text == nullptr ? "not set" : text);
  };
  setenv("GEMMARK_TEST_VARIABLE", "old", 1);
  {
    ScopedEnvironment environment;
    environment.unset("GEMMARK_TEST_VARIABLE");
    environment.set("GEMMARK_TEST_VARIABLE", "new");
    environment.set("GEMMARK_TEST_OTHER", "x");
    CHECK(value("GEMMARK_TEST_VARIABLE") == "new");
  }
  CHECK(value("GEMMARK_TEST_VARIABLE") == "old");
  CHECK(value("GEMMARK_TEST_OTHER") == "not set");
  unsetenv("GEMMARK_TEST_VARIABLE");
}

TEST_CASE("a forced core type becomes advice", "[vendor]") {
  ScopedEnvironment environment;
  environment.set("FAKE_CORETYPE", "Old");
  const BlasFamily family{.display = "Fake", .prefixes = {"FAKE_"}, .core_variable = "FAKE_CORETYPE"};
  BlasFinding found;
  found.environment = Cblas{.version = "1.0", .core = "Old"};
  CHECK(core_advice(family, found).empty());
  found.best = Cblas{.core = "New"};
  found.best_ratio = 1.94;
  CHECK(core_advice(family, found) ==
        "Fake dispatches to Old because FAKE_CORETYPE=Old is set; New was 1.9x faster in a trial.");
  environment.unset("FAKE_CORETYPE");
  CHECK(core_advice(family, found) ==
        "Fake 1.0 does not take the best core type for this CPU: it dispatches to Old; New was 1.9x faster "
        "in a trial.");
}

}  // namespace gemmark
