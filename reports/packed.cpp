#include "reports/packed.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "reports/base64.hpp"

namespace gemmark {
namespace {

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
  const std::string bytes = from_base64(characters);
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
