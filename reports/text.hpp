// Text as words and as columns of a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gemmark {

/// What stands between blanks; two blanks have an empty word between them.
std::vector<std::string_view> words(std::string_view text);

/// Columns that a terminal needs for UTF-8 text without wide or combining characters.
int width(std::string_view utf8);
/// At most that many columns; what is cut is marked by an ellipsis.
std::string shortened(std::string_view utf8, int columns);
/// `text` behind `first`, broken between words where a line would pass `columns`; further lines begin with
/// `indent`.
std::string wrapped(std::string_view text, std::string_view first, std::string_view indent, int columns);

}  // namespace gemmark
