#include "bench/expansion.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "kernels/api/problem.hpp"

namespace gemmark {
namespace {

// A line that stands for more is a slip of the keyboard: no sweep of a benchmark is that fine.
constexpr std::size_t most_problems = 10'000;

struct Place {
  int line;
  int column;

  [[noreturn]] void fail(const std::string& what) const { throw ParseError(line, column, what); }
};

std::optional<long long> integer(std::string_view text) {
  long long value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// "256..1024..256" is 256, 512, 768, 1024; anything without ".." is itself.
std::vector<std::string> range(std::string_view text, const Place& place) {
  const std::size_t first = text.find("..");
  if (first == std::string::npos) return {std::string(text)};
  const std::size_t second = std::min(text.find("..", first + 2), text.size());
  const auto low = integer(text.substr(0, first));
  const auto high = integer(text.substr(first + 2, second - first - 2));
  const auto step = second < text.size() ? integer(text.substr(second + 2)) : 1;
  if (!low || !high || !step || *step < 1 || *low < 0 || *high < *low)
    place.fail(fmt::format("'{}' is no range; expected low..high..step, as in 256..1024..256", text));
  if ((*high - *low) / *step >= static_cast<long long>(most_problems))
    place.fail(fmt::format("'{}' holds more than {} values", text, most_problems));
  std::vector<std::string> values;
  for (long long i = 0; i <= (*high - *low) / *step; ++i) values.push_back(std::to_string(*low + i * *step));
  return values;
}

// Every text that a word with braces stands for.
std::vector<std::string> alternatives(std::string_view word, Place place) {
  const std::size_t open = word.find('{'), close = word.find('}');
  if (open == std::string::npos && close == std::string::npos) return {std::string(word)};
  place.column += static_cast<int>(std::min(open, close));
  if (open == std::string::npos || close == std::string::npos || close < open)
    place.fail(
        fmt::format("'{}' has a brace without its other; lists are written {{1,2,4}} without blanks", word));
  const Place after{place.line, place.column + static_cast<int>(close - open) + 1};
  const std::vector<std::string> rest = alternatives(word.substr(close + 1), after);
  std::vector<std::string> all;
  std::string_view list = word.substr(open + 1, close - open - 1);
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    more = comma != std::string::npos;
    for (const std::string& value : range(list.substr(0, comma), place))
      for (const std::string& tail : rest) all.push_back(std::string(word.substr(0, open)) + value + tail);
    if (more) list.remove_prefix(comma + 1);
  }
  return all;
}

// "m=n=k=5" is "m=5 n=5 k=5".
std::string unchained(const std::string& word) {
  const std::size_t last = word.rfind('=');
  if (last == std::string::npos || word.find('=') == last) return word;
  std::string text;
  std::string_view keys = std::string_view(word).substr(0, last + 1);
  while (!keys.empty()) {
    const std::size_t equals = keys.find('=');
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", keys.substr(0, equals), word.substr(last + 1));
    keys.remove_prefix(equals + 1);
  }
  return text;
}

std::string canonical(const std::string& text, std::string_view written, int line) {
  try {
    return to_text(parse_problem(text, line));
  } catch (const ParseError& error) {
    if (text == written) throw;
    throw ParseError(error.line, error.column, fmt::format("{} (in '{}')", error.reason, text));
  }
}

}  // namespace

std::vector<std::string> expand_problems(std::string_view text, int line) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<std::string> problems{std::string()};
  bool expanded = false;
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    const std::string word(text.substr(at, end - at));
    const Place place{line, static_cast<int>(at) + 1};
    const std::vector<std::string> words = alternatives(word, place);
    if (words.size() * problems.size() > most_problems)
      place.fail(fmt::format("the line stands for more than {} problems", most_problems));
    std::vector<std::string> longer;
    for (const std::string& head : problems)
      for (const std::string& one : words)
        longer.push_back(fmt::format("{}{}{}", head, head.empty() ? "" : " ", unchained(one)));
    expanded = expanded || longer.size() > problems.size() || unchained(words[0]) != word;
    problems = std::move(longer);
    at = text.find_first_not_of(blanks, end);
  }
  // As written, so that the columns in messages are the reader's own.
  if (!expanded) return {canonical(std::string(text), text, line)};
  for (std::string& problem : problems) problem = canonical(problem, text, line);
  return problems;
}

}  // namespace gemmark
