// Text that came from anywhere, made safe to stand in a page: as text, and as data that no parser mistakes
// for markup.
#pragma once

#include <string>
#include <string_view>

namespace gemmark {

/// For element content and quoted attributes. Control and bidirectional characters, which could reorder or
/// hide what stands around them, become visible: "\u202e" reads [U+202E].
std::string html_text(std::string_view utf8);

/// JSON text for the inside of a <script> element: '<', U+2028, U+2029 and bidirectional characters as \u
/// escapes, which JSON reads as the same characters.
std::string inert_json(std::string_view json);

/// JavaScript for the inside of a <script> element: what would end the element or open a comment, in another
/// spelling of the same strings and expressions.
std::string script_text(std::string_view javascript);

}  // namespace gemmark
