// JSON lines over a descriptor.
#pragma once

#include <optional>
#include <string>

namespace gemmark {

/// Puts lines together from what a descriptor delivers; empty ones are dropped.
class LineReader {
 public:
  /// No message comes near.
  static constexpr std::size_t longest_line = 256u << 20;

  explicit LineReader(int fd) : fd_(fd) {}
  /// Reads once (blocking unless data is there). False at the end of the stream.
  bool fill();
  /// A whole line, or nothing until more has been read. Throws std::length_error where one has grown too
  /// long.
  std::optional<std::string> next();

 private:
  int fd_;
  std::string buffer_;
  std::size_t scanned_ = 0;
};

/// Writes "\n" + line + "\n". False where the other end is gone.
bool write_line(int fd, const std::string& line);

}  // namespace gemmark
