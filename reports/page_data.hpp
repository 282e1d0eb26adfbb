// The blocks of a page that hold its data, written and found again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gemmark {

/// A block that no browser shows or runs, with `text` packed in it, so that nothing inside can end it.
std::string page_data(std::string_view id, std::string_view text);

/// The JSON Lines of the page's block of records, byte by byte as they were put in; nothing where the text is
/// no page of gemmark. Throws std::runtime_error where the block is damaged.
std::optional<std::string> records_of_page(std::string_view html);

inline constexpr std::string_view records_id = "gemmark-records", description_id = "gemmark-page";

}  // namespace gemmark
