// The block of a page that holds its records, written and found again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gemmark {

/// `lines` are JSON Lines without a '<' (inert_json), so that nothing inside can end the block.
std::string page_data(std::string_view lines);

/// The lines of the block; nothing where the text is no page of gemmark.
std::optional<std::string> records_of_page(std::string_view html);

}  // namespace gemmark
