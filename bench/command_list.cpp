#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/suite.hpp"
#include "bench/usage_error.hpp"
#include "harness/record.hpp"
#include "kernels/api/registry.hpp"
#include "reports/figures.hpp"
#include "reports/terminal.hpp"
#include "reports/text_grid.hpp"

namespace gemmark {
namespace {

// Wider than a page: a summary or a reason is worth more whole.
constexpr int no_limit = 1 << 16;

void print(const TextGrid& grid) {
  const bool colour = wants_colour(STDOUT_FILENO);
  bool header = true;
  for (const std::string& line : grid.lines("  ", no_limit))
    fmt::print("{}\n", inked(line, std::exchange(header, false) ? Ink::dim : Ink::plain, colour));
}

TextGrid grid_of(std::initializer_list<const char*> headers) {
  TextGrid grid;
  for (const char* header : headers) grid.add_column(header, false);
  return grid;
}

std::string here(const std::string& backend) {
  const Support& available = Registry::global().status(backend).available;
  return available ? "yes" : "no: " + available.why();
}

void list_kernels() {
  TextGrid grid = grid_of({"kernel", "role", "backend", "here", "what it is"});
  for (const Kernel& kernel : Registry::global().kernels())
    grid.add_row(
        {kernel.name, std::string(name(kernel.role)), kernel.backend, here(kernel.backend), kernel.summary});
  print(grid);
}

void list_backends() {
  TextGrid grid = grid_of({"backend", "device", "here", "version", "what it is"});
  std::set<std::string> listed;
  for (const Backend& backend : Registry::global().backends()) {
    listed.insert(backend.name);
    grid.add_row({backend.name, backend.device_kind, here(backend.name),
                  Registry::global().status(backend.name).version, backend.summary});
  }
  for (const Kernel& kernel : Registry::global().kernels())
    if (listed.insert(kernel.backend).second)
      grid.add_row({kernel.backend, kernel.device_kind, here(kernel.backend), "", ""});
  print(grid);
}

void list_devices() {
  TextGrid grid = grid_of({"device", "model", "memory", "threads", "caches"});
  for (const auto& device : Registry::global().devices()) {
    const DeviceInfo& info = device->info();
    grid.add_row({info.id, info.model, bytes_text(static_cast<double>(info.memory_bytes)),
                  std::to_string(info.max_threads), caches_text(info.caches)});
  }
  for (const auto& [kind, why] : Registry::global().missing_devices())
    grid.add_row({kind, "not here: " + why, "", "", ""});
  print(grid);
}

void list_suites() {
  TextGrid grid = grid_of({"suite", "problems", "what it is for"});
  for (const std::string& name : suite_names()) {
    try {
      const Suite suite = load_suite(name);
      grid.add_row({name, std::to_string(suite.problems.size()), suite.summary});
    } catch (const UsageError& error) {
      grid.add_row({name, "-", error.what()});
    }
  }
  print(grid);
}

void list_ceilings() {
  TextGrid grid = grid_of({"ceiling", "limits", "backend", "here", "what it is"});
  for (const Ceiling& ceiling : Registry::global().ceilings()) {
    const std::string limits =
        ceiling.kind == Ceiling::Kind::compute
            ? std::string(ceiling.precision ? name(*ceiling.precision) : std::string_view("compute"))
        : ceiling.kind == Ceiling::Kind::link ? "link to host"
        : ceiling.cache_level == 0            ? "memory"
                                              : fmt::format("L{}", ceiling.cache_level);
    grid.add_row({ceiling.name, limits, ceiling.backend, here(ceiling.backend), ceiling.summary});
  }
  print(grid);
}

void list_precisions() {
  TextGrid grid = grid_of({"precision", "out", "what it is"});
  for (const PrecisionInfo& row : precision_table)
    grid.add_row({std::string(row.name), std::string(name(row.out)), std::string(row.summary)});
  print(grid);
}

struct Listing {
  const char* what;
  void (*print)();
};
constexpr Listing listings[] = {{"kernels", list_kernels},   {"backends", list_backends},
                                {"devices", list_devices},   {"suites", list_suites},
                                {"ceilings", list_ceilings}, {"precisions", list_precisions}};

int list(const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const Listing& listing : listings) names.emplace_back(listing.what);
  for (const std::string& word : wanted)
    if (std::find(names.begin(), names.end(), word) == names.end())
      throw UsageError(fmt::format("cannot list '{}'{}", word, suggestion(word, names)));
  const bool colour = wants_colour(STDOUT_FILENO);
  bool first = true;
  for (const Listing& listing : listings) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), listing.what) == wanted.end()) continue;
    fmt::print("{}{}\n", std::exchange(first, false) ? "" : "\n", inked(listing.what, Ink::bold, colour));
    listing.print();
  }
  return exit_fine;
}

}  // namespace

Action add_list(CLI::App& app) {
  const auto wanted = std::make_shared<std::vector<std::string>>();
  app.add_option("what", *wanted,
                 "kernels, backends, devices, suites, ceilings, precisions; all of it by default")
      ->type_name("WHAT…")
      ->group("Arguments");
  return [wanted] { return list(*wanted); };
}

}  // namespace gemmark
