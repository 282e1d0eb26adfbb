#pragma once

namespace gemmark {

/// What the shell gets; `gemmark --help` explains them.
enum ExitCode : int { exit_fine = 0, exit_bad_input = 2, exit_environment = 4, exit_wrong_or_failed = 5 };

}  // namespace gemmark
