#include "harness/lines.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace gemmark {

bool LineReader::fill() {
  std::array<char, 65536> chunk;
  ssize_t count = 0;
  do count = ::read(fd_, chunk.data(), chunk.size());
  while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> LineReader::next() {
  for (std::size_t end; (end = buffer_.find('\n', scanned_)) != std::string::npos;) {
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    scanned_ = 0;
    if (!line.empty()) return line;
  }
  scanned_ = buffer_.size();
  if (scanned_ > longest_line) throw std::length_error("a message between processes has grown too long");
  return std::nullopt;
}

bool write_line(int fd, const std::string& line) {
  const std::string framed = "\n" + line + "\n";
  for (std::size_t done = 0; done < framed.size();) {
    const ssize_t count = ::write(fd, framed.data() + done, framed.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace gemmark
