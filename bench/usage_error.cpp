#include "bench/usage_error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace gemmark {
namespace {

// Levenshtein's distance: how many letters to insert, drop or change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t readable = 16;  // more names than this help nobody
  const std::string* nearest = nullptr;
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    // A part of a name, or its end after the slash, is often all that somebody writes of it.
    const bool part = word.size() > 2 && candidate.find(word) != std::string::npos;
    const std::string_view end = std::string_view(candidate).substr(candidate.find('/') + 1);
    const std::size_t d = part ? 1 : std::min(distance(word, candidate), distance(word, end));
    if (d < best) best = d, nearest = &candidate;
  }
  if (nearest != nullptr) return fmt::format("; did you mean '{}'?", *nearest);
  if (candidates.empty() || candidates.size() > readable) return "";
  return fmt::format("; expected {}{}", candidates.size() > 1 ? "one of " : "", fmt::join(candidates, ", "));
}

}  // namespace gemmark
