#include "harness/ceiling_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/ceilings.hpp"

namespace gemmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path cache_folder() {
  // As the XDG base directory specification has it: a relative path is invalid and ignored.
  for (const auto& [variable, below] : {std::pair{"XDG_CACHE_HOME", ""}, {"HOME", ".cache"}})
    if (const char* base = std::getenv(variable); base != nullptr && fs::path(base).is_absolute())
      return fs::path(base) / below / "gemmark";
  return {};
}

}  // namespace

CeilingCache::CeilingCache(const std::string& fingerprint) {
  if (const fs::path folder = cache_folder(); !folder.empty())
    path_ = folder / fmt::format("ceilings-{}.jsonl", fingerprint);
  read();
}

void CeilingCache::read() {
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) try {
      auto record = json::parse(line).get<CeilingRecord>();
      record.origin = "cache";
      if (record.value > 0 && !record.measured_utc.empty()) records_.push_back(std::move(record));
    } catch (const std::exception&) {
      // Whoever damaged the line, its ceiling is measured again.
    }
}

std::optional<CeilingRecord> CeilingCache::find(const Ceiling& ceiling, const std::string& device,
                                                int threads) const {
  const CeilingRecord wanted = blank_ceiling(ceiling, device, threads);
  const auto found = std::find_if(records_.begin(), records_.end(),
                                  [&](const CeilingRecord& record) { return same_limit(record, wanted); });
  return found != records_.end() ? std::optional(*found) : std::nullopt;
}

void CeilingCache::keep(const std::vector<CeilingRecord>& measured) {
  if (path_.empty() || measured.empty()) return;
  for (const CeilingRecord& record : measured) {
    std::erase_if(records_, [&](const CeilingRecord& old) { return same_limit(old, record); });
    records_.push_back(record);
  }
  std::error_code error;
  fs::create_directories(fs::path(path_).parent_path(), error);
  // Beside it and then in its place: another run may be reading.
  const std::string draft = fmt::format("{}.{}", path_, getpid());
  {
    std::ofstream file(draft);
    for (const CeilingRecord& record : records_) file << to_line(record) << '\n';
    file.close();
    if (!file) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) fs::rename(draft, path_, error);
  if (error) fs::remove(draft, error);
}

}  // namespace gemmark
