#include "reports/jsonl_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace gemmark {
namespace {

using nlohmann::json;

// A file that may be replaced keeps its content until there is something to replace it with.
int create(const std::string& path, bool replace) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? 0 : O_EXCL), 0666);
  if (file >= 0) return file;
  if (errno == EEXIST)
    throw std::runtime_error(
        fmt::format("{}: exists already; choose another name, or --force to replace it", path));
  throw std::runtime_error(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

void write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw std::runtime_error(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void empty(int file, const std::string& path) {
  // What cannot be emptied because it is no regular file (/dev/stdout) needs no emptying.
  if (ftruncate(file, 0) != 0 && errno != EINVAL)
    throw std::runtime_error(fmt::format("{}: cannot be emptied: {}", path, std::strerror(errno)));
}

}  // namespace

JsonlSink::JsonlSink(const std::string& path, bool replace)
    : path_(path), created_(!replace), file_(create(path, replace)) {}

JsonlSink::~JsonlSink() {
  close(file_);
  if (lines_ == 0 && created_) unlink(path_.c_str());
}

void JsonlSink::write(const json& line) {
  if (lines_ == 0) empty(file_, path_);
  write_all(file_, to_line(line) + '\n', path_);
  ++lines_;
}

void JsonlSink::on_context(const json& context) { write(context); }
void JsonlSink::on_ceiling(const CeilingRecord& record) { write(record); }
void JsonlSink::on_result(const ResultRecord& record) {
  write(record);
  findings_.add(record);
}
void JsonlSink::on_end(const RunSummary& summary) {
  for (const json& finding : findings_.lines()) write(finding);
  write(summary_json(summary));
  write({{"record", "end"}, {"lines", lines_ + 1}});
}

json summary_json(const RunSummary& summary) {
  json rows = json::object();
  for (const auto& [status, count] : summary.rows_by_status) rows[status] = count;
  return {{"record", "summary"},
          {"rows_by_status", rows},
          {"wall_s", summary.wall_s},
          {"sampling_s", summary.sampling_s},
          {"verification_s", summary.verification_s},
          {"setup_s", summary.setup_s},
          {"ceiling_s", summary.ceiling_s},
          {"missing_required", summary.missing_required}};
}

void write_file(const std::string& path, std::string_view text, bool replace) {
  const int file = create(path, replace);
  try {
    empty(file, path);
    write_all(file, text, path);
  } catch (...) {
    close(file);
    throw;
  }
  close(file);
}

}  // namespace gemmark
