// Help as a person reads it: what it is for, how it is used, the options in groups, examples, exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace gemmark {

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

/// Below the commands in `gemmark --help`.
extern const char* const main_footer;

}  // namespace gemmark
