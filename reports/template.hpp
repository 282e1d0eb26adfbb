// Places in a text filled in, in one pass: what is put in is never looked at again.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gemmark {

/// Each {{name}} of `text` replaced. Throws std::logic_error for a place without a value or a value without a
/// place.
std::string filled(std::string_view text, const std::map<std::string, std::string, std::less<>>& values);

}  // namespace gemmark
