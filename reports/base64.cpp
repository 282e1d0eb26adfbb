#include "reports/base64.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace gemmark {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t some = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t b = 0; b < 3; ++b)
      group = group << 8 | (b < some ? static_cast<unsigned char>(bytes[i + b]) : 0u);
    for (std::size_t c = 0; c < 4; ++c) out += c <= some ? alphabet[group >> (18 - 6 * c) & 63u] : '=';
  }
  return out;
}

std::string from_base64(std::string_view characters) {
  std::string out;
  out.reserve(characters.size() / 4 * 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : characters) {
    if (c == '=' || c == '\n' || c == '\r') continue;
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) throw std::runtime_error("not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xffu);
  }
  return out;
}

}  // namespace gemmark
