// What this machine has, what its libraries dispatch to, and what it leaves on the table.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "bench/commands.hpp"
#include "bench/conditions.hpp"
#include "bench/exit_code.hpp"
#include "bench/version.hpp"
#include "harness/build_info.hpp"
#include "harness/context.hpp"
#include "harness/datasheet.hpp"
#include "kernels/api/registry.hpp"
#include "reports/figures.hpp"
#include "reports/terminal.hpp"
#include "reports/text.hpp"

namespace gemmark {
namespace {

void heading(const char* text) { fmt::print("\n{}\n", inked(text, Ink::bold, wants_colour(STDOUT_FILENO))); }

void fact(const std::string& what, const std::string& value) {
  constexpr int column = 18;
  const auto pad = static_cast<std::size_t>(std::max(1, column - width(what)));
  fmt::print("  {}{}{}\n", what, std::string(pad, ' '), value);
}

void stated_figures(const Datasheet& datasheet) {
  const auto line = [](const char* what, const std::map<std::string, double>& flops) {
    std::string text;
    bool integers = false, floats = false;
    for (const PrecisionInfo& row : precision_table)
      if (const auto found = flops.find(std::string(row.name)); found != flops.end()) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row.name, number_text(found->second / 1e12));
        (is_integer(row.name) ? integers : floats) = true;
      }
    if (!text.empty()) fact("", fmt::format("stated, {}: {} T{}", what, text, rate_unit(integers, floats)));
  };
  line("Tensor cores", datasheet.tensor_flops);
  line("CUDA cores", datasheet.cuda_flops);
  fact("", fmt::format("stated, memory: {} GB/s", number_text(datasheet.memory_bytes_per_s / 1e9)));
  fact("", fmt::format("source: {}: {}", datasheet.name, datasheet.source));
}

void devices(Registry& registry) {
  heading("devices");
  for (const auto& device : registry.devices()) {
    const DeviceInfo& info = device->info();
    fact(info.id, info.model);
    fact("", fmt::format("{} memory, {} thread{}", bytes_text(static_cast<double>(info.memory_bytes)),
                         info.max_threads, info.max_threads == 1 ? "" : "s"));
    if (!info.caches.empty()) fact("", "caches " + caches_text(info.caches));
    for (const auto& [what, value] : info.facts) fact("", what + " " + value);
    if (const auto datasheet = datasheet_of(info.model)) stated_figures(*datasheet);
  }
  for (const auto& [kind, why] : registry.missing_devices()) fact(kind, "not here: " + why);
}

void backends(Registry& registry, std::vector<std::string>& advice) {
  heading("backends");
  for (const Backend& backend : registry.backends()) {
    const BackendStatus& status = registry.status(backend.name);
    if (!status.available) {
      fact(backend.name, "not here: " + status.available.why());
    } else {
      fact(backend.name, status.version.empty() ? "here" : status.version);
      for (const auto& [what, value] : status.facts) fact("", fmt::format("{} {}", what, value));
    }
    advice.insert(advice.end(), status.advice.begin(), status.advice.end());
  }
}

void environment(std::vector<std::string>& advice) {
  const auto variables = relevant_environment();
  heading("environment variables that libraries read");
  if (variables.empty()) fact("none", "");
  for (const auto& [name, value] : variables) {
    fact(name, "= " + value);
    if (std::string sentence = environment_advice(name, value); !sentence.empty()) advice.push_back(sentence);
  }
}

int doctor() {
  Registry& registry = Registry::global();
  std::vector<std::string> advice;
  const BuildInfo& build = build_info();
  fmt::print("{}\n", version_text());
  fact("compiler", std::string(build.compiler));
  fact("build", std::string(build.type));
  devices(registry);
  backends(registry, advice);
  environment(advice);

  heading("conditions");
  const Conditions conditions = examine_conditions();
  for (const auto& [what, value] : conditions.facts) fact(what, value);
  advice.insert(advice.end(), conditions.advice.begin(), conditions.advice.end());

  heading("advice");
  if (advice.empty()) fmt::print("  nothing to remark\n");
  for (const std::string& sentence : advice) fmt::print("  - {}\n", sentence);
  return exit_fine;
}

}  // namespace

Action add_doctor(CLI::App& app) {
  app.footer("It measures nothing and changes nothing. Exit code 0 whatever it finds.\n");
  return [] { return doctor(); };
}

}  // namespace gemmark
