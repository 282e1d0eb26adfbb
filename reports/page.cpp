#include "reports/page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "reports/crossover.hpp"
#include "reports/html.hpp"
#include "reports/page_data.hpp"
#include "reports/page_sections.hpp"
#include "reports/sha256.hpp"
#include "reports/template.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

std::string_view asset(std::string_view name) {
  for (const Asset& one : page_assets())
    if (one.name == name) return one.content;
  throw std::logic_error(fmt::format("{} is not built in", name));
}

// The page's scripts as one function, main.js last; the rest are declarations, whose order is nothing.
std::string program() {
  std::string text = "(function () {\n\"use strict\";\n";
  for (const Asset& one : page_assets())
    if (one.name.starts_with("page/") && one.name.ends_with(".js") && one.name != "page/main.js") text += one.content;
  return text.append(asset("page/main.js")).append("})();\n");
}

json charts() {
  json all = json::array();
  for (const Asset& one : page_assets())
    if (one.name.starts_with("charts/")) {
      json chart = json::parse(one.content);
      const std::string_view file = one.name.substr(one.name.find('/') + 1);
      chart["name"] = file.substr(0, file.rfind('.'));
      all.push_back(std::move(chart));
    }
  std::stable_sort(all.begin(), all.end(), [](const json& a, const json& b) {
    return a.at("usermeta").at("order") < b.at("usermeta").at("order");
  });
  return all;
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

// What the scripts need of the rows' relations: parallel columns, one entry a result.
json relations(const std::vector<NamedRun>& runs, const std::vector<Peer>& peers) {
  json columns = {{"run", json::array()},    {"group", json::array()}, {"threads", json::array()},
                  {"size", json::array()},   {"vendor", json::array()}, {"speedup", json::array()},
                  {"problem", json::array()}};
  std::size_t i = 0;
  for (const NamedRun& run : runs)
    for (const ResultRecord& r : run.run.results) {
      const Peer& peer = peers[i++];
      columns["run"].push_back(peer.run);
      columns["group"].push_back(peer.group);
      columns["threads"].push_back(peer.threads);
      columns["size"].push_back(or_null(peer.size));
      columns["vendor"].push_back(or_null(peer.vendor));
      json speedup;
      if (peer.speedup) {
        speedup = {peer.speedup->value};
        if (peer.speedup->ci95) speedup.insert(speedup.end(), {peer.speedup->ci95->first, peer.speedup->ci95->second});
      }
      columns["speedup"].push_back(std::move(speedup));
      columns["problem"].push_back(short_problem(r.problem));
    }
  return columns;
}

std::vector<std::size_t> first_results(const std::vector<NamedRun>& runs) {
  std::vector<std::size_t> first{0};
  for (const NamedRun& run : runs) first.push_back(first.back() + run.run.results.size());
  return first;
}

json differences(const std::vector<NamedRun>& runs, const std::vector<RunDiff>& diffs) {
  const auto first = first_results(runs);
  json all = json::array();
  for (const RunDiff& diff : diffs)
    for (const RunDiff::Row& row : diff.rows) {
      if (!row.ratio) continue;
      json one = {{"base", first[diff.base_run] + row.base},
                  {"head", first[diff.head_run] + row.head},
                  {"ratio", row.ratio->value},
                  {"note", row.note}};
      if (row.ratio->ci95) one["ci95"] = {row.ratio->ci95->first, row.ratio->ci95->second};
      all.push_back(std::move(one));
    }
  return all;
}

json crossover_json(const Crossover& crossover, std::size_t run) {
  json points = json::array();
  for (const Crossover::Point& point : crossover.points)
    points.push_back({{"size", point.size}, {"cpu", point.cpu_s}, {"device", point.device_s}});
  return {{"run", run},
          {"op", crossover.op},
          {"precision", crossover.precision},
          {"device", crossover.device},
          {"transfers", crossover.transfers},
          {"size", or_null(crossover.size)},
          {"points", points}};
}

}  // namespace

std::string html_page(std::vector<RecordFile> files, const PageOptions& options) {
  std::vector<std::string> notes;
  for (const RecordFile& file : files) notes.insert(notes.end(), file.warnings.begin(), file.warnings.end());
  const std::vector<NamedRun> runs = named_runs(std::move(files));
  if (options.compare) require_two(runs);

  const std::vector<Peer> all = peers(runs);
  const auto first = first_results(runs);
  std::vector<Headline> headlines;
  std::vector<std::vector<Peer>> peers_of;
  std::vector<std::string> titles, names;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first[i]);
    peers_of.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(runs[i].run.results.size()));
    headlines.push_back(headline(runs[i], peers_of[i]));
    names.push_back(runs[i].name);
    if (std::find(titles.begin(), titles.end(), headlines.back().title) == titles.end())
      titles.push_back(headlines.back().title);
  }
  std::vector<RunDiff> diffs;
  for (std::size_t i = 1; options.compare && i < runs.size(); ++i) diffs.push_back(compare_runs(runs, 0, i));

  std::string records;
  for (const NamedRun& run : runs)
    for (const std::string& line : run.run.lines) records += inert_json(line) + "\n";
  json crossing = json::array();
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const Crossover& one : crossovers(runs[i].run, peers_of[i])) crossing.push_back(crossover_json(one, i));
  const json description = {{"runs", names},
                            {"relations", relations(runs, all)},
                            {"differences", differences(runs, diffs)},
                            {"crossovers", crossing},
                            {"charts", charts()}};

  const std::string style(asset("page/style.css"));
  const std::string vega = script_text(options.vega.empty() ? asset("vega.js") : options.vega);
  const std::string interpreter(asset("vega_interpreter.js"));
  const std::string script = program();
  const std::string title = options.title.empty() ? fmt::format("{}", fmt::join(titles, ", ")) : options.title;
  std::string warnings;
  for (const std::string& note : notes) warnings += fmt::format("<p class=\"warning\">{}</p>\n", html_text(note));
  return filled(
      asset("page/page.html"),
      {{"policy", fmt::format("default-src 'none'; script-src '{}' '{}' '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
                              policy_hash(vega), policy_hash(interpreter), policy_hash(script), policy_hash(style))},
       {"title", html_text(title)},
       {"style", style},
       {"warnings", warnings},
       {"headline", headline_html(runs, headlines)},
       {"comparison", options.compare ? fmt::format("<section id=\"comparison\" aria-labelledby=\"comparison-h\">\n<h2 id=\"comparison-h\">Run against run</h2>\n"
                                     "<p>Times a call; a speed-up above 1 says that the later run is faster. The interval covers what "
                                     "varied within the runs; between runs a machine drifts by another percent or two.</p>\n{}</section>\n",
                                     comparison_html(runs, diffs)) : ""},
       {"refusals", refusals_html(runs)},
       {"facts", facts_html(runs)},
       {"records", page_data(records)},
       {"description", inert_json(to_line(description))},
       {"vega", vega},
       {"interpreter", interpreter},
       {"script", script}});
}

}  // namespace gemmark
