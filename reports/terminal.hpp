// What the reader's terminal can do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gemmark {

/// A terminal that wants colour: no NO_COLOR (https://no-color.org), no dumb TERM.
bool wants_colour(int descriptor);
bool is_terminal(int descriptor);
/// Columns of that terminal, or `otherwise`.
int terminal_columns(int descriptor, int otherwise);

enum class Ink : std::uint8_t { plain, bold, dim, red, yellow };

/// `text` in that ink, or as it is where there is no colour.
std::string inked(std::string_view text, Ink ink, bool colour);

}  // namespace gemmark
