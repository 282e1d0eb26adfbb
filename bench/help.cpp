#include "bench/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/text.hpp"

namespace gemmark {
namespace {

constexpr int page = 100;
constexpr int left_column = 26;

// `left` and `right` as two columns; the right one is broken between words.
std::string entry(const std::string& left, const std::string& right) {
  const std::string indent(left_column, ' '), name = "  " + left;
  const bool apart = width(name) + 2 > left_column;
  const std::string first = apart ? indent : fmt::format("{:<{}}", name, left_column);
  return (apart ? name + "\n" : "") + wrapped(right, first, indent, page) + "\n";
}

std::string names(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.get_snames()) all.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) all.push_back("--" + name);
  const std::string value = option.get_type_size_max() == 0 ? "" : " " + option.get_type_name();
  return fmt::format("{}{}", fmt::join(all, ", "), value);
}

std::string usage(const CLI::App& app) {
  std::string text = app.get_parent() != nullptr ? "gemmark " + app.get_name() : "gemmark COMMAND";
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional())
      text += option->get_required() ? " " + option->get_type_name()
                                     : fmt::format(" [{}]", option->get_type_name());
  return text + " [options]\n";
}

}  // namespace

const char* const main_footer = R"(Examples:
  gemmark run                                    the quick suite: about a minute
  gemmark run --problem "gemm m=n=k={512,1024} in={fp32,fp64}" --threads 1,all
  gemmark run --suite gemm-square --kernels "avx512_*,openblas*" --out square.jsonl
  gemmark export markdown square.jsonl           the same tables again, for a page
  gemmark list kernels                           what could run here, and why the rest cannot

Exit codes:
  0  fine
  2  bad input or usage
  4  the environment is not what was asked for (--require)
  5  a kernel was wrong or failed
  1 and 3 are kept for verdicts on runs, which this version does not give
)";

std::string HelpFormatter::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
  std::string text = app->get_description() + "\n\nUsage: " + usage(*app);
  const auto subcommands =
      app->get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  if (!subcommands.empty()) text += "\nCommands:\n";
  for (const CLI::App* sub : subcommands) text += entry(sub->get_name(), sub->get_description());

  std::vector<std::string> groups;
  for (const CLI::Option* option : app->get_options())
    if (!option->get_group().empty() &&
        std::find(groups.begin(), groups.end(), option->get_group()) == groups.end())
      groups.push_back(option->get_group());
  std::rotate(groups.begin(), groups.begin() + (groups.size() > 1 ? 1 : 0),
              groups.end());  // help itself last
  for (const std::string& group : groups) {
    text += fmt::format("\n{}:\n", group);
    for (const CLI::Option* option : app->get_options())
      if (option->get_group() == group)
        text += entry(option->get_positional() ? option->get_type_name() : names(*option),
                      option->get_description());
  }
  if (!app->get_footer().empty()) text += "\n" + app->get_footer();
  return text;
}

}  // namespace gemmark
