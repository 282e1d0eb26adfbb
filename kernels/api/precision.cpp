#include "kernels/api/precision.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace gemmark {
namespace {

template <class Enum, class Table>
std::optional<Enum> find_named(const Table& table, std::string_view name) {
  const auto row = std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.name == name; });
  if (row == table.end()) return std::nullopt;
  return static_cast<Enum>(row - table.begin());
}

template <class Table>
std::string names(const Table& table) {
  std::vector<std::string_view> all;
  for (const auto& row : table) all.push_back(row.name);
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

std::optional<Precision> precision_named(std::string_view name) {
  return find_named<Precision>(precision_table, name);
}
std::optional<Dtype> dtype_named(std::string_view name) { return find_named<Dtype>(dtype_table, name); }
std::string precision_names() { return names(precision_table); }
std::string dtype_names() { return names(dtype_table); }

}  // namespace gemmark
