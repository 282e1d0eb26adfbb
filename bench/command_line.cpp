#include "bench/command_line.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include "bench/commands.hpp"
#include "bench/exit_code.hpp"
#include "bench/help.hpp"
#include "bench/usage_error.hpp"
#include "bench/version.hpp"
#include "reports/jsonl_sink.hpp"
#include "reports/record_file.hpp"

namespace gemmark {
namespace {

// One line whatever was quoted in it: a newline or an escape sequence of the user's shows as what it is.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7f)
      line += c;
    else
      line += fmt::format("\\x{:02x}", code);
  }
  return line;
}

int complain(int code, const std::string& what) {
  // fmt::print() throws where the stream takes nothing, and there is nobody left to tell.
  std::fputs(("gemmark: " + one_line(what) + "\n").c_str(), stderr);
  return code;
}

/// The exit code, unless not all of the output has arrived.
int check_output(int code) {
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::ferror(stdout) == 0) return code;
  return complain(exit_bad_input, fmt::format("standard output cannot be written{}{}", flushed ? "" : ": ",
                                              flushed ? "" : std::strerror(errno)));
}

int run_command_line(int argc, char** argv) {
  CLI::App app{
      "gemmark measures and verifies matrix multiplication on this machine, and shows how far every\n"
      "implementation is from the physical limit."};
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(main_footer);
  app.allow_extras();
  app.require_subcommand(0, 1);  // a second command's name is an argument of the first
  app.set_help_flag("-h,--help", "this text; gemmark COMMAND --help says more about a command");
  app.get_help_ptr()->group("Options");
  app.set_version_flag("--version", version_text(), "version and revision")->group("Options");

  struct Offer {
    const Command* command;
    CLI::App* app;
    Action action;
  };
  std::vector<Offer> offers;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->group(command.hidden ? "" : "Commands");
    sub->allow_extras();
    sub->set_help_flag("-h,--help", "this text");
    sub->get_help_ptr()->group("Help");
    sub->footer("");
    offers.push_back({&command, sub, command.add(*sub)});
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // help or version
    return check_output(app.exit(asked));
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    return complain(exit_bad_input, fmt::format("{} (gemmark {}--help)", error.what(),
                                                chosen.empty() ? "" : chosen.front()->get_name() + " "));
  }
  reject_leftovers(app, app.remaining());
  for (const Offer& offer : offers) {
    if (!offer.app->parsed()) continue;
    if (!offer.command->foreign_options) reject_leftovers(*offer.app, offer.app->remaining());
    return check_output(offer.action());
  }
  fmt::print(stderr, "{}", app.help());
  return exit_bad_input;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      {"run", "measure and verify, print tables, write records", add_run},
      {"list", "kernels, backends, devices, suites, ceilings, precisions", add_list},
      {"doctor", "this machine, and what it leaves on the table", add_doctor},
      {"export", "records as json, csv, google, markdown", add_export},
      {"report", "records as a page to look at, or a summary in markdown", add_report},
      {"merge", "several files of records as one", add_merge},
      {"bench", "the same measurements as a Google Benchmark program", add_bench, false, true},
      {"worker", "", add_worker, true},
  };
  return all;
}

void reject_leftovers(const CLI::App& app, const std::vector<std::string>& leftovers) {
  if (leftovers.empty()) return;
  const bool main = app.get_parent() == nullptr;
  const std::string& word = leftovers.front();
  std::vector<std::string> expected;
  if (word.starts_with('-')) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) expected.push_back("--" + name);
  } else if (main) {
    for (const Command& command : commands())
      if (!command.hidden) expected.emplace_back(command.name);
  }
  const std::string name = word.substr(0, word.find('='));
  throw UsageError(fmt::format("{} '{}'{}",
                               word.starts_with('-') ? "unknown option"
                               : main                ? "unknown command"
                                                     : "unexpected argument",
                               word, suggestion(name, expected)));
}

int command_line(int argc, char** argv) {
  try {
    return run_command_line(argc, argv);
  } catch (const UsageError& error) {
    return complain(exit_bad_input, error.what());
  } catch (const RecordFileError& error) {
    return complain(exit_bad_input, error.what());
  } catch (const OutputError& error) {
    return complain(exit_bad_input, error.what());
  } catch (const EnvironmentError& error) {
    return complain(exit_environment, error.what());
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0)
      return complain(exit_bad_input,
                      fmt::format("standard output cannot be written: {}", error.code().message()));
    return complain(exit_environment, error.what());
  } catch (const std::exception& error) {
    return complain(exit_environment, error.what());
  }
}

}  // namespace gemmark
