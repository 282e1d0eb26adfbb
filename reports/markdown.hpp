// What markdown needs wherever it is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gemmark {

/// What would end a cell or start markup, disarmed; line breaks become blanks.
std::string markdown_text(std::string_view text);
/// A code span; what would end it or its cell is disarmed.
std::string markdown_code(std::string_view text);
/// "| a | b |" with its newline; cells as they are.
std::string markdown_row(const std::vector<std::string>& cells);

}  // namespace gemmark
