// The kernels that are registered are the kernel files that there are: a dropped object file shows here.
#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string>

#include "kernels/api/registry.hpp"
#include "tests/catch.hpp"

using namespace gemmark;

namespace {

std::set<std::string> promised() {
  std::ifstream file(GEMMARK_KERNEL_NAMES_FILE);
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) names.insert(line);
  return names;
}

std::set<std::string> registered() {
  std::set<std::string> names;
  for (const Kernel& kernel : Registry::global().kernels()) {
    const std::string name = kernel.name.substr(0, kernel.name.find('['));
    if (name != "gemm/skeleton") names.insert(name);  // compiled into this program only
  }
  return names;
}

// A library's file may find that it has nothing to offer; ours always has.
bool always_offers(const std::string& name) {
  constexpr std::array prefixes = {"gemm/cpu",  "gemm/avx2", "gemm/avx512", "gemm/amx",
                                   "gemm/cuda", "gemm/wmma", "gemm/mma",    "gemm/wgmma"};
  return std::ranges::any_of(prefixes, [&](const char* prefix) { return name.starts_with(prefix); });
}

}  // namespace

TEST_CASE("registered kernels are the kernel files") {
  const std::set<std::string> files = promised(), kernels = registered();
  REQUIRE(files.count("gemm/cpu_naive") == 1);
  for (const std::string& name : kernels) {
    INFO(name);
    CHECK(files.count(name) == 1);
  }
  for (const std::string& name : files) {
    INFO(name);
    if (always_offers(name)) CHECK(kernels.count(name) == 1);
  }
}

TEST_CASE("every kernel, ceiling and oracle belongs to a registered backend") {
  Registry& registry = Registry::global();
  std::set<std::string> backends;
  for (const Backend& backend : registry.backends()) backends.insert(backend.name);
  const auto check = [&](const auto& items) {
    for (const auto& item : items) {
      if (item.device_kind != "host") continue;
      INFO(item.name << " of " << item.backend);
      CHECK(backends.count(item.backend) == 1);
    }
  };
  check(registry.kernels());
  check(registry.ceilings());
  check(registry.oracles());
}

TEST_CASE("a backend that is not here says why") {
  for (const Backend& backend : Registry::global().backends()) {
    const BackendStatus& status = Registry::global().status(backend.name);
    INFO(backend.name);
    CHECK(!backend.summary.empty());
    if (!status.available) CHECK(status.available.why().size() > 10);
  }
}
