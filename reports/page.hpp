// A run, or several side by side, as one file that a browser shows without any network: headline, charts,
// table of all records, and the records themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/record_file.hpp"

namespace gemmark {

struct PageOptions {
  std::string title{};      ///< of the browser's tab; computed from the runs where empty
  std::string_view vega{};  ///< another copy of Vega in place of the built-in one
  bool compare = false;     ///< every run against the first
};

/// The page. The same files give the same bytes. Throws std::runtime_error where there is nothing to compare.
std::string html_page(std::vector<RecordFile> files, const PageOptions& options = {});

/// Files that belong to the page, as they were built in: "page/style.css", "charts/roofline.json", "vega.js".
struct Asset {
  std::string_view name;
  std::string_view content;
};
const std::vector<Asset>& page_assets();

}  // namespace gemmark
