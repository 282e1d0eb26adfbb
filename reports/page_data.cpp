#include "reports/page_data.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "reports/packed.hpp"

namespace gemmark {
namespace {

constexpr std::string_view page_begin = "<!doctype html>";
constexpr std::string_view close = "</script>";

std::string opening(std::string_view id) {
  return fmt::format("<script type=\"application/zlib;base64\" id=\"{}\">\n", id);
}

}  // namespace

std::string page_data(std::string_view id, std::string_view text) {
  return fmt::format("{}{}\n{}", opening(id), packed(text), close);
}

std::optional<std::string> records_of_page(std::string_view html) {
  const std::string open = opening(records_id);
  const std::size_t begin = html.starts_with(page_begin) ? html.find(open) : std::string_view::npos;
  if (begin == std::string_view::npos) return std::nullopt;
  html.remove_prefix(begin + open.size());
  return unpacked(html.substr(0, html.find(close)));
}

}  // namespace gemmark
