#include "reports/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace gemmark {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;
};

// Of text that is valid UTF-8, as everything is that came through the JSON parser; a stray byte stands for
// itself.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (length == 1 || length > text.size()) return {lead, 1};
  std::uint32_t value = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte(i) & 0x3fu);
  return {value, length};
}

// Embeddings, overrides, isolates and marks of direction (Unicode TR9), line separators, and the byte order
// mark.
bool reorders_or_hides(std::uint32_t c) {
  return c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}
bool is_control(std::uint32_t c) { return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0); }

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode(text);
    switch (c.value) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (is_control(c.value) || reorders_or_hides(c.value))
          out += fmt::format("[U+{:04X}]", c.value);
        else
          out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string script_text(std::string_view javascript) {
  const auto begins = [&](std::string_view what) {
    return javascript.size() >= what.size() &&
           std::equal(what.begin(), what.end(), javascript.begin(),
                      [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  };
  std::string out;
  out.reserve(javascript.size());
  for (; !javascript.empty(); javascript.remove_prefix(1)) {
    out += javascript.front();
    // In strings and regular expressions, where alone they can stand, the backslash changes nothing.
    if (begins("</script") || begins("<!--")) out += '\\';
  }
  return out;
}

}  // namespace gemmark
