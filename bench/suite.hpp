// A suite is a text file of problems: data, never code. Its first comment says what it is for.
//
//   # A few seconds: does everything work here?
//   set time-limit 0.05                       any option of `gemmark run`
//   include other                             the problems of another suite; not its settings
//   gemm m=n=k={128,256} in={fp32,fp64}       one or many problems (bench/expansion.hpp)
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/options.hpp"

namespace gemmark {

struct Suite {
  std::string name;
  std::string path;
  std::string summary;
  std::vector<std::pair<std::string, std::string>> settings;  ///< checked, in the order of the file
  std::vector<std::string> problems;                          ///< each once
};

/// `name_or_path`: a name that list_suites() knows, or a path (with a '/' or ending in ".suite").
/// Throws UsageError: "squares.suite, line 3, column 8: …".
Suite load_suite(const std::string& name_or_path);

/// Names of the suites that are found without a path, sorted.
std::vector<std::string> suite_names();

/// Where suites are looked for: $GEMMARK_SUITES alone if set; else beside the program, as installed and as
/// built.
std::vector<std::string> suite_folders();

}  // namespace gemmark
