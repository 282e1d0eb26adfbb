// What the user got wrong, as one line: what, where, and what would be right. The command line prints it and
// exits with code 2.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemmark {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What is needed and is not on this machine: exit code 4.
class EnvironmentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "; did you mean 'smoke'?" where one candidate is close to `word`, else "; expected one of …" (or nothing
/// where there are too many to read).
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace gemmark
