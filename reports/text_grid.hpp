// Cells of text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace gemmark {

class TextGrid {
 public:
  void add_column(std::string header, bool right);
  /// As many cells as there are columns.
  void add_row(std::vector<std::string> cells);

  /// The headers, then the rows, each behind `indent`, without newline or trailing blanks. Where a line would
  /// pass `columns`, the first column gives way (down to 14 columns), its cells being shortened.
  std::vector<std::string> lines(const std::string& indent, int columns) const;

 private:
  struct Column {
    bool right;
    int width;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_{{}};
};

}  // namespace gemmark
