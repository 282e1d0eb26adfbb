#include "reports/template.hpp"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

namespace gemmark {

std::string filled(std::string_view text, const std::map<std::string, std::string, std::less<>>& values) {
  std::string out;
  std::set<std::string_view> used;
  for (std::size_t open = text.find("{{"); open != std::string::npos; open = text.find("{{")) {
    const std::size_t close = text.find("}}", open);
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const auto value = values.find(name);
    if (close == std::string::npos || value == values.end())
      throw std::logic_error(fmt::format("a template asks for '{}', which nobody fills in", name));
    used.insert(value->first);
    out += text.substr(0, open);
    out += value->second;
    text.remove_prefix(close + 2);
  }
  for (const auto& [name, value] : values)
    if (!used.contains(name)) throw std::logic_error(fmt::format("no template has a place for '{}'", name));
  return out.append(text);
}

}  // namespace gemmark
