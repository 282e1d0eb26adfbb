#include "reports/page_data.hpp"

#include <fmt/format.h>

namespace gemmark {
namespace {

constexpr std::string_view page_begin = "<!doctype html>";
constexpr std::string_view open = "<script type=\"application/jsonl\" id=\"gemmark-records\">\n";
constexpr std::string_view close = "</script>";

}  // namespace

std::string page_data(std::string_view lines) { return fmt::format("{}{}{}", open, lines, close); }

std::optional<std::string> records_of_page(std::string_view html) {
  const std::size_t begin = html.starts_with(page_begin) ? html.find(open) : html.npos;
  if (begin == html.npos) return std::nullopt;
  html.remove_prefix(begin + open.size());
  return std::string(html.substr(0, html.find(close)));
}

}  // namespace gemmark
