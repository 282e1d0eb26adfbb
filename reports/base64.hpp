// Bytes as text (RFC 4648).
#pragma once

#include <string>
#include <string_view>

namespace gemmark {

std::string base64(std::string_view bytes);
/// Padding and line breaks are passed over; throws std::runtime_error for any other character.
std::string from_base64(std::string_view characters);

}  // namespace gemmark
