// Several files of record as one: the runs one after the other, each under its own context and untouched.
//
// A merge neither drops nor averages measurements: two runs of one row are two facts, and which of them
// counts is the reader's question. Only a run that is there twice, line for line, is a copy and kept once.
#pragma once

#include <string>
#include <vector>

#include "reports/record_file.hpp"

namespace gemmark {

struct Merged {
  std::string text;  ///< JSON Lines
  int runs = 0;
  std::vector<std::string> notes;  ///< what the reader should know: copies left out, rows measured twice
};

/// Runs that did not finish are kept as they are.
Merged merge(const std::vector<RecordFile>& files);

}  // namespace gemmark
