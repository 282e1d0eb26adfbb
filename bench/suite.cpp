#include "bench/suite.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "bench/expansion.hpp"
#include "bench/settings.hpp"
#include "bench/usage_error.hpp"
#include "kernels/api/problem.hpp"

namespace gemmark {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".suite";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
  const std::size_t blank = std::min(text.find_first_of(" \t"), text.size());
  return {text.substr(0, blank), trimmed(text.substr(blank))};
}

std::string locate(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(ending)) return name_or_path;
  for (const std::string& folder : suite_folders()) {
    const fs::path path = fs::path(folder) / (name_or_path + std::string(ending));
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path.string();
  }
  const std::vector<std::string> names = suite_names();
  if (names.empty())
    throw UsageError(
        fmt::format("suite '{}' is not found: there are no suites in {}; set GEMMARK_SUITES, or give a path",
                    name_or_path, fmt::join(suite_folders(), " or ")));
  throw UsageError(fmt::format("unknown suite '{}'{} (gemmark list suites)", name_or_path,
                               suggestion(name_or_path, names)));
}

// Says already in which file and line.
class PlacedError : public UsageError {
 public:
  using UsageError::UsageError;
};

class Loader {
 public:
  Suite load(const std::string& name_or_path) {
    suite_.path = locate(name_or_path);
    suite_.name = fs::path(suite_.path).stem().string();
    read(suite_.path, true);
    if (suite_.problems.empty()) throw UsageError(fmt::format("{}: holds no problems", suite_.path));
    return std::move(suite_);
  }

 private:
  void read(const std::string& path, bool outermost) {
    std::ifstream file(path);
    std::error_code ignored;
    if (!file) throw UsageError(fmt::format("suite {} cannot be read: {}", path, std::strerror(errno)));
    if (fs::is_directory(path, ignored) || fs::is_character_file(path, ignored))
      throw UsageError(fmt::format("suite {} cannot be read: it is a {}", path,
                                   fs::is_directory(path, ignored) ? "directory" : "device"));
    open_.push_back(path);
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) take(line, number, outermost);
    open_.pop_back();
  }

  void take(const std::string& line, int number, bool outermost) {
    const std::string_view text = trimmed(line);
    if (text.empty()) return;
    if (text[0] == '#') {
      if (outermost && suite_.summary.empty()) suite_.summary = trimmed(text.substr(1));
      return;
    }
    const auto [word, rest] = first_word(text);
    try {
      if (line.find('\0') != std::string::npos) throw UsageError("holds a zero byte; expected text");
      if (word == "set")
        set(rest, outermost);
      else if (word == "include")
        include(std::string(rest));
      else
        for (std::string& problem : expand_problems(line, number))
          if (seen_.insert(problem).second) suite_.problems.push_back(std::move(problem));
    } catch (const ParseError& error) {
      throw PlacedError(fmt::format("{}, {}", open_.back(), error.what()));
    } catch (const PlacedError&) {
      throw;  // of an included suite the line that is wrong matters, not the line that includes it
    } catch (const UsageError& error) {
      throw PlacedError(fmt::format("{}, line {}: {}", open_.back(), number, error.what()));
    }
  }

  void set(std::string_view rest, bool outermost) {
    const auto [name, value] = first_word(rest);
    if (value.empty()) throw UsageError("expected 'set NAME VALUE', as in 'set time-limit 0.5'");
    RunOptions checked;
    apply_setting(checked, name, value);
    if (outermost) suite_.settings.emplace_back(name, value);
  }

  void include(const std::string& name) {
    if (name.empty()) throw UsageError("expected 'include SUITE'");
    const fs::path beside = fs::path(open_.back()).parent_path() / (name + std::string(ending));
    const std::string path = fs::exists(beside) ? beside.string() : locate(name);
    if (std::find(open_.begin(), open_.end(), path) != open_.end())
      throw UsageError(fmt::format("'{}' includes itself", name));
    read(path, false);
  }

  Suite suite_;
  std::set<std::string> seen_;
  std::vector<std::string> open_;  // the files that are being read, outermost first
};

}  // namespace

std::vector<std::string> suite_folders() {
  if (const char* given = std::getenv("GEMMARK_SUITES"); given != nullptr && *given != '\0') return {given};
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  return {(program.parent_path() / "share/gemmark/suites").string(),
          (program / "share/gemmark/suites").string()};
}

std::vector<std::string> suite_names() {
  std::set<std::string> names;
  for (const std::string& folder : suite_folders()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().extension() == ending) names.insert(entry.path().stem().string());
  }
  return {names.begin(), names.end()};
}

Suite load_suite(const std::string& name_or_path) { return Loader().load(name_or_path); }

}  // namespace gemmark
