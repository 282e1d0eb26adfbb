#include "bench/files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "bench/usage_error.hpp"
#include "reports/jsonl_sink.hpp"

namespace gemmark {

std::vector<RecordFile> read_files(const std::vector<std::string>& paths) {
  std::vector<RecordFile> files;
  for (const std::string& path : paths) {
    files.push_back(read_record_file(path));
    for (const std::string& warning : files.back().warnings)
      fmt::print(stderr, "gemmark: warning: {}\n", warning);
  }
  return files;
}

const std::string& checked_output(const std::string& path, bool force,
                                  const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path parent = fs::path(path).parent_path();
  if (path.empty()) throw UsageError("--out '': expected a file's name");
  if (fs::is_directory(path, ignored))
    throw UsageError(fmt::format("{}: is a directory; expected a file's name", path));
  if (!force && fs::exists(path, ignored))
    throw UsageError(fmt::format("{}: exists already; choose another name, or --force to replace it", path));
  if (!parent.empty() && !fs::is_directory(parent, ignored))
    throw UsageError(fmt::format("{}: cannot be written: there is no directory {}", path, parent.string()));
  const std::string target = fs::exists(path, ignored) ? path : parent.empty() ? "." : parent.string();
  if (access(target.c_str(), W_OK) != 0)
    throw UsageError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  for (const std::string& input : inputs)
    if (fs::equivalent(path, input, ignored))
      throw UsageError(fmt::format("{}: is read here, and would be replaced by what is made of it", path));
  return path;
}

void deliver(const std::string& text, const std::optional<std::string>& out, bool force) {
  if (out)
    write_file(*out, text, force);
  else
    std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace gemmark
