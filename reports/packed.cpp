#include "reports/packed.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

namespace gemmark {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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

std::string bytes_of(std::string_view characters) {
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

// zlib counts in 32 bits: a stream is fed and emptied in pieces.
constexpr std::size_t piece = 1 << 20;

Bytef* bytes_for_zlib(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));  // NOLINT: an interface of 1995, which only reads
}

// Runs deflate or inflate over all of `in`; whether the stream came to its end.
template <class Step>
bool run(z_stream& stream, std::string_view in, std::string& out, Step step) {
  std::array<char, 1 << 16> buffer;
  int result = Z_OK;
  do {
    const std::size_t some = std::min(piece, in.size());
    stream.next_in = bytes_for_zlib(in.data());
    stream.avail_in = static_cast<uInt>(some);
    in.remove_prefix(some);
    do {
      stream.next_out = bytes_for_zlib(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      result = step(&stream, in.empty());
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        throw std::runtime_error(fmt::format("not a zlib stream ({})", zError(result)));
      out.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (!in.empty() && result != Z_STREAM_END);
  return result == Z_STREAM_END;
}

}  // namespace

std::string packed(std::string_view text) {
  z_stream stream{};
  if (deflateInit(&stream, Z_BEST_COMPRESSION) != Z_OK) throw std::runtime_error("zlib: deflateInit failed");
  std::string out;
  run(stream, text, out, [](z_stream* s, bool last) { return deflate(s, last ? Z_FINISH : Z_NO_FLUSH); });
  deflateEnd(&stream);
  return base64(out);
}

std::string unpacked(std::string_view characters) {
  const std::string bytes = bytes_of(characters);
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::runtime_error("zlib: inflateInit failed");
  std::string out;
  bool whole = false;
  try {
    whole = run(stream, bytes, out, [](z_stream* s, bool) { return inflate(s, Z_NO_FLUSH); });
  } catch (...) {
    inflateEnd(&stream);
    throw;
  }
  inflateEnd(&stream);
  if (!whole) throw std::runtime_error("the zlib stream ends too early");
  return out;
}

}  // namespace gemmark
