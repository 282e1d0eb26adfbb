#include "reports/reason.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "reports/text.hpp"

namespace gemmark {
namespace {

struct Figure {
  double value;
  std::string_view spelling, behind;
};

std::optional<Figure> figure(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const std::string_view behind = word.substr(static_cast<std::size_t>(end - word.data()));
  if (error != std::errc() || behind.find_first_not_of(",;:.)") != std::string_view::npos)
    return std::nullopt;
  return Figure{value, word.substr(0, word.size() - behind.size()), behind};
}

}  // namespace

std::string reason_pattern(std::string_view why) {
  std::string pattern;
  for (const std::string_view word : words(why)) {
    const auto number = figure(word);
    pattern += number ? fmt::format("\1{} ", number->behind) : fmt::format("{} ", word);
  }
  return pattern;
}

void Reason::add(std::string_view why) {
  const std::vector<std::string_view> said = words(why);
  if (words_.empty()) {
    for (const std::string_view word : said) words_.push_back({std::string(word), std::string(word)});
    return;
  }
  for (std::size_t i = 0; i < std::min(said.size(), words_.size()); ++i) {
    const auto now = figure(said[i]);
    if (!now) continue;
    if (now->value < figure(words_[i].least)->value) words_[i].least = said[i];
    if (now->value > figure(words_[i].most)->value) words_[i].most = said[i];
  }
}

std::string Reason::text() const {
  std::string text;
  for (const Word& word : words_) {
    if (!text.empty()) text += ' ';
    if (word.least != word.most) text += fmt::format("{} … ", figure(word.least)->spelling);
    text += word.most;
  }
  return text;
}

}  // namespace gemmark
