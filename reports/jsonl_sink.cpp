#include "reports/jsonl_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace gemmark {
namespace {

using nlohmann::json;

// A file that may be replaced keeps its content until there is something to replace it with.
int create(const std::string& path, int flags) {
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (file >= 0) {
    // Two runs in one file would be neither. What cannot be locked (a pipe) is nobody's file.
    if (flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return file;
    close(file);
    throw OutputError(fmt::format("{}: another gemmark is writing it", path));
  }
  if (errno == EEXIST)
    throw OutputError(fmt::format("{}: exists already; choose another name, or --force to replace it", path));
  throw OutputError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

void write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw OutputError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void empty(int file, const std::string& path) {
  // What cannot be emptied because it is no regular file (/dev/stdout) needs no emptying.
  if (ftruncate(file, 0) != 0 && errno != EINVAL)
    throw OutputError(fmt::format("{}: cannot be emptied: {}", path, std::strerror(errno)));
}

class OpenFile {
 public:
  explicit OpenFile(int file) : file_(file) {}
  ~OpenFile() { close(file_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

constexpr int flags_of(bool replace) { return O_CREAT | (replace ? 0 : O_EXCL); }

}  // namespace

JsonlSink::JsonlSink(const std::string& path, bool replace)
    : path_(path), created_(!replace), file_(create(path, flags_of(replace))) {}

JsonlSink::JsonlSink(const Continuation& continuation)
    : path_(continuation.path), created_(false), file_(create(path_, 0)), continuation_(continuation) {
  // Locked by now: what has changed it was still writing when it was read.
  struct stat now {};
  if (fstat(file_, &now) != 0 || now.st_size != continuation.read_bytes) {
    close(file_);
    throw OutputError(
        fmt::format("{}: has changed since it was read; another gemmark was writing it", path_));
  }
  for (const ResultRecord& record : continuation.kept) findings_.add(record);
}

JsonlSink::~JsonlSink() {
  close(file_);
  if (lines_ == 0 && created_) unlink(path_.c_str());
}

void JsonlSink::write(const json& line) {
  if (lines_ == 0) begin();
  write_all(file_, to_line(line) + '\n', path_);
  ++lines_;
}

void JsonlSink::begin() {
  if (!continuation_) return empty(file_, path_);
  if (ftruncate(file_, continuation_->kept_bytes) != 0 || lseek(file_, 0, SEEK_END) < 0)
    throw OutputError(fmt::format("{}: cannot be continued: {}", path_, std::strerror(errno)));
  if (continuation_->needs_newline) write_all(file_, "\n", path_);
  lines_ = continuation_->kept_lines;
}

void JsonlSink::on_context(const json& context) {
  if (!continuation_) return write(context);
  json resumed = context;
  resumed["resumes"] = {{"rows", continuation_->kept.size()}};
  write(resumed);
}
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
          {"ceiling_s", summary.ceiling_s}};
}

// Beside the file first, which takes its place once all is there: what was in it stays until then.
void write_file(const std::string& path, std::string_view text, bool replace) {
  std::error_code ignored;
  const bool exists = std::filesystem::exists(path, ignored);
  const OpenFile file(create(path, flags_of(replace)));
  if (exists && !std::filesystem::is_regular_file(path, ignored)) return write_all(file.get(), text, path);
  const std::string target = std::filesystem::canonical(path).string();  // a link stays one
  const std::string beside = fmt::format("{}.{}", target, getpid());
  try {
    const OpenFile whole(create(beside, flags_of(false)));
    write_all(whole.get(), text, path);
    std::filesystem::rename(beside, target);
  } catch (const std::exception& error) {
    std::filesystem::remove(beside, ignored);
    if (!exists) std::filesystem::remove(target, ignored);
    throw OutputError(error.what());
  }
}

}  // namespace gemmark
