// Enumerations as the words of the record: a table of names in the order of the enumerators.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

namespace gemmark {

template <class Table, class Enum>
constexpr std::string_view name_of(const Table& table, Enum value) {
  return table[static_cast<std::size_t>(value)];
}

template <class Enum, class Table>
constexpr std::optional<Enum> named(const Table& table, std::string_view name) {
  const auto found = std::find(table.begin(), table.end(), name);
  if (found == table.end()) return std::nullopt;
  return static_cast<Enum>(found - table.begin());
}

}  // namespace gemmark
