// Text as it is carried inside a page: compressed, and in characters that mean nothing to HTML.
#pragma once

#include <string>
#include <string_view>

namespace gemmark {

/// Base64 of a zlib stream (RFC 1950), which browsers unpack by themselves (DecompressionStream, "deflate").
/// The same text gives the same characters.
std::string packed(std::string_view text);

/// The text again. Throws std::runtime_error where the characters are no such stream, or end too early.
std::string unpacked(std::string_view characters);

}  // namespace gemmark
