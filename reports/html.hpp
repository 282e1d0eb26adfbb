// Text that came from anywhere, made safe to stand in a page.
#pragma once

#include <string>
#include <string_view>

namespace gemmark {

/// For element content and quoted attributes. Control and bidirectional characters, which could reorder or
/// hide what stands around them, become visible: "\u202e" reads [U+202E].
std::string html_text(std::string_view utf8);

/// JavaScript for the inside of a <script> element: what would end the element or open a comment, in another
/// spelling of the same strings and expressions.
std::string script_text(std::string_view javascript);

}  // namespace gemmark
