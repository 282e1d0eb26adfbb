#include "reports/text_grid.hpp"

#include <algorithm>

#include "reports/text.hpp"

namespace gemmark {

void TextGrid::add_column(std::string header, bool right) {
  columns_.push_back({right, width(header)});
  rows_.front().push_back(std::move(header));
}

void TextGrid::add_row(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i].width = std::max(columns_[i].width, width(cells[i]));
  rows_.push_back(std::move(cells));
}

std::vector<std::string> TextGrid::lines(const std::string& indent, int columns) const {
  constexpr int gap = 2, narrowest = 14;
  std::vector<Column> shape = columns_;
  int total = width(indent) - gap;
  for (const Column& column : shape) total += column.width + gap;
  if (total > columns && !shape.empty())
    shape[0].width = std::min(shape[0].width, std::max(narrowest, shape[0].width - (total - columns)));

  std::vector<std::string> lines;
  for (const auto& cells : rows_) {
    std::string line = indent;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const std::string cell = shortened(cells[i], shape[i].width);
      const std::string pad(static_cast<std::size_t>(shape[i].width - width(cell)), ' ');
      if (i > 0) line.append(gap, ' ');
      line += shape[i].right ? pad : cell;
      line += shape[i].right ? cell : pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace gemmark
