#include "reports/text.hpp"

#include <algorithm>

namespace gemmark {
namespace {
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
}  // namespace

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (;;) {
    const std::size_t blank = text.find(' ');
    found.push_back(text.substr(0, blank));
    if (blank == std::string_view::npos) return found;
    text.remove_prefix(blank + 1);
  }
}

int width(std::string_view utf8) {
  return static_cast<int>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return !continues(c); }));
}

std::string shortened(std::string_view utf8, int columns) {
  if (width(utf8) <= columns) return std::string(utf8);
  std::size_t end = 0;
  for (int kept = 0; end < utf8.size(); ++end)
    if (!continues(utf8[end]) && ++kept == columns) break;
  return std::string(utf8.substr(0, end)) + "…";
}

std::string wrapped(std::string_view text, std::string_view first, std::string_view indent, int columns) {
  std::string lines, line(first);
  bool empty = true;
  for (const std::string_view word : words(text)) {
    if (!empty && width(line) + 1 + width(word) > columns) {
      lines += line + "\n";
      line = indent;
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  return lines + line;
}

}  // namespace gemmark
