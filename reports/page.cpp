#include "reports/page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "reports/html.hpp"
#include "reports/page_data.hpp"
#include "reports/page_description.hpp"
#include "reports/page_sections.hpp"
#include "reports/sha256.hpp"
#include "reports/template.hpp"

namespace gemmark {
namespace {

std::string_view asset(std::string_view name) {
  for (const Asset& one : page_assets())
    if (one.name == name) return one.content;
  throw std::logic_error(fmt::format("{} is not built in", name));
}

// The page's scripts as one function, in the order of their names, and main.js last.
std::string program() {
  std::string text = "(function () {\n\"use strict\";\n";
  for (const Asset& one : page_assets())
    if (one.name.starts_with("page/") && one.name.ends_with(".js") && one.name != "page/main.js")
      text += one.content;
  return text.append(asset("page/main.js")).append("})();\n");
}

// Nothing is fetched, and no script or style applies but these, to the letter.
std::string policy(const std::vector<std::string_view>& scripts, std::string_view style) {
  std::string allowed;
  for (const std::string_view script : scripts) allowed += fmt::format(" '{}'", policy_hash(script));
  return fmt::format(
      "default-src 'none'; script-src{}; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
      allowed, policy_hash(style));
}

}  // namespace

std::string html_page(std::vector<RecordFile> files, const PageOptions& options) {
  const std::vector<NamedRun> runs = named_runs(std::move(files));
  if (options.compare) require_two(runs);
  const std::vector<Peer> all = peers(runs);
  std::vector<RunDiff> diffs;
  for (std::size_t i = 1; options.compare && i < runs.size(); ++i) diffs.push_back(compare_runs(runs, 0, i));

  std::vector<Headline> headlines;
  std::vector<std::string> titles;
  std::string records;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    headlines.push_back(headline(runs[i], peers_of_run(runs, all, i)));
    const std::string& title = headlines.back().title;
    if (std::find(titles.begin(), titles.end(), title) == titles.end()) titles.push_back(title);
    for (const std::string& line : runs[i].run.lines) records += line + "\n";
  }

  const std::string style(asset("page/style.css"));
  const std::string vega = script_text(options.vega.empty() ? asset("vega.js") : options.vega);
  const std::string interpreter(asset("vega_interpreter.js"));
  const std::string script = program();
  return filled(asset("page/page.html"),
                {{"policy", policy({vega, interpreter, script}, style)},
                 {"title", html_text(options.title.empty() ? fmt::format("{}", fmt::join(titles, ", "))
                                                           : options.title)},
                 {"style", style},
                 {"headline", headline_html(runs, headlines)},
                 {"comparison", comparison_html(runs, diffs)},
                 {"refusals", refusals_html(runs)},
                 {"facts", facts_html(runs)},
                 {"records", page_data(records_id, records)},
                 {"description", page_data(description_id, to_line(page_description(runs, all, diffs)))},
                 {"vega", vega},
                 {"interpreter", interpreter},
                 {"script", script}});
}

}  // namespace gemmark
