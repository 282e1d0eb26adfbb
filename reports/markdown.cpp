#include "reports/markdown.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gemmark {

std::string markdown_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("|*<`\\[]").find(c) != std::string_view::npos) result += '\\';
    result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result;
}

std::string markdown_code(std::string_view text) {
  std::string result = "`";
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' || c == '\r' ? ' ' : c == '`' ? '\'' : c;
  }
  return result + "`";
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

}  // namespace gemmark
