// The command line: its commands, their options, and what becomes of errors.
#pragma once

namespace gemmark {

/// Everything that `gemmark` does; returns the exit code. Throws nothing.
int command_line(int argc, char** argv);

}  // namespace gemmark
