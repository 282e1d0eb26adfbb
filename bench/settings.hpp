// What a run can be told, once: the command line's options and the `set` lines of suites are the same words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/options.hpp"

namespace gemmark {

struct Setting {
  std::string_view name;     ///< "time-limit": --time-limit and `set time-limit`
  std::string_view metavar;  ///< what help shows for the value
  std::string help;
  bool list;  ///< takes several values, separated by commas or given again
  /// Throws UsageError that says what would be right, without the setting's name.
  void (*apply)(RunOptions&, std::string_view value);
};

const std::vector<Setting>& settings();

/// Throws UsageError: "time-limit 'x': expected …".
void apply_setting(RunOptions& options, std::string_view name, std::string_view value);

}  // namespace gemmark
