// JSON lines over a descriptor.
#pragma once

#include <optional>
#include <string>

namespace gemmark {

/// Puts lines together from what a descriptor delivers; empty ones are dropped.
class LineReader {
 public:
  /// Longer lines are cut off and dropped: no record comes near.
  static constexpr std::size_t longest_line = 64u << 20;

  explicit LineReader(int fd) : fd_(fd) {}
  /// Reads once (blocking unless data is there). False at the end of the stream.
  bool fill();
  std::optional<std::string> next();

 private:
  int fd_;
  std::string buffer_;
  std::size_t scanned_ = 0;
  bool dropping_ = false;
};

/// Writes "\n" + line + "\n". False where the other end is gone.
bool write_line(int fd, const std::string& line);

}  // namespace gemmark
