#include "reports/page_sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "reports/facts.hpp"
#include "reports/figures.hpp"
#include "reports/html.hpp"
#include "reports/reason.hpp"
#include "reports/result.hpp"

namespace gemmark {
namespace {

std::string th(std::string_view text, std::string_view scope = "col") {
  return fmt::format("<th scope=\"{}\">{}</th>", scope, html_text(text));
}
std::string figure_th(std::string_view text) {
  return fmt::format("<th scope=\"col\" class=\"n\">{}</th>", html_text(text));
}
std::string td(std::string_view text) { return fmt::format("<td>{}</td>", html_text(text)); }

std::string side(std::string_view whose, const std::optional<Side>& side) {
  if (!side) return fmt::format("<span class=\"side none\">{}: none measured</span>", whose);
  std::string meter;
  if (side->fraction)
    meter = fmt::format(
        "<meter class=\"{0}\" min=\"0\" max=\"1\" value=\"{1:.4f}\" "
        "aria-label=\"{0}: {2} of its limit\"></meter>",
        whose, std::min(*side->fraction, 1.0), percent_text(*side->fraction));
  return fmt::format("<span class=\"side\"><span>{}</span> {}<span>{}</span></span>", whose, meter,
                     html_text(side->fraction ? percent_text(*side->fraction) : side->rate));
}

// The best of a precision, and how near its limit own kernels and the vendors' libraries come.
std::string tile(const Best& best, bool devices) {
  const std::size_t unit = best.rate.find(' ');
  return fmt::format(
      "<li><span class=\"what\"><b>{}{}</b> {}{}</span><strong>{}{} <small>{}</small></strong><span "
      "class=\"limit\">{}</span>{}{}<span class=\"how\">{}<br>{}</span></li>\n",
      best.op == "gemm" ? "" : html_text(best.op) + " ", html_text(best.precision), html_text(best.engine),
      devices ? " · " + html_text(best.device) : "",
      best.noisy ? "<abbr title=\"the interval had not closed to its target\">~</abbr>" : "",
      html_text(best.rate.substr(0, unit)), html_text(best.rate.substr(unit + 1)),
      html_text(best.limit.empty() ? "no limit measured" : best.limit), side("own", best.own),
      side("vendor", best.vendor), html_text(best.kernel), html_text(best.problem));
}

// Where runs stand side by side, their bests do too: a line an operation and precision, a column a run's
// device.
std::string bests_html(const std::vector<NamedRun>& runs, const std::vector<Headline>& headlines) {
  using Column = std::pair<std::size_t, std::string>;
  std::vector<Column> columns;
  std::map<std::tuple<std::string, int, std::string, std::string>, std::map<Column, const Best*>> lines;
  std::set<std::string> modes;
  for (std::size_t i = 0; i < headlines.size(); ++i)
    for (const Best& best : headlines[i].best) {
      const Column column(i, best.device);
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
      lines[{best.op, precision_rank(best.precision), best.precision, best.mode}][column] = &best;
      modes.insert(best.mode);
    }
  if (runs.size() < 2 || columns.size() < 2) return "";
  std::string text =
      "<section id=\"bests\" aria-labelledby=\"bests-h\">\n<h2 id=\"bests-h\">Best of each precision, side "
      "by "
      "side</h2>\n<div class=\"scroll\"><table class=\"plain\"><thead><tr>" +
      th("precision");
  for (const auto& [run, device] : columns) text += figure_th(fmt::format("{}, {}", runs[run].name, device));
  text += "</tr></thead>\n<tbody>\n";
  for (const auto& [key, cells] : lines) {
    const auto& [op, rank, precision, mode] = key;
    text += "<tr>" + th((op == "gemm" ? precision : op + " " + precision) +
                            (modes.size() > 1 ? fmt::format(", {} mode", mode) : ""),
                        "row");
    for (const Column& column : columns) {
      const auto cell = cells.find(column);
      text += cell == cells.end()
                  ? "<td class=\"n\">–</td>"
                  : fmt::format("<td class=\"n\">{}{} <small>{}</small></td>", cell->second->noisy ? "~" : "",
                                html_text(cell->second->rate), html_text(cell->second->limit));
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n</section>\n";
}

std::string list(const std::vector<Finding>& findings, std::string_view kind) {
  if (findings.empty()) return "";
  std::string text = fmt::format("<ul class=\"{}\">\n", kind);
  for (const Finding& finding : findings) {
    const std::string rows = finding.link.empty()
                                 ? ""
                                 : fmt::format(" <a href=\"#{}\">show the rows</a>", html_text(finding.link));
    text += fmt::format("<li{}><b>{}</b> <span>{}{}</span></li>\n", finding.grave ? " class=\"grave\"" : "",
                        html_text(finding.figure), html_text(finding.text), rows);
  }
  return text + "</ul>\n";
}

std::string row_name(const ResultRecord& r) {
  return fmt::format("{} {} {}", short_kernel(r.kernel), short_problem(r.problem), r.precision);
}

std::string missing(const RecordedRun& run, const std::vector<std::size_t>& rows, std::string_view where) {
  if (rows.empty()) return "";
  std::string text = fmt::format("<details><summary>{} row{} only in {}</summary>\n<ul>\n", rows.size(),
                                 rows.size() == 1 ? "" : "s", html_text(where));
  for (const std::size_t i : rows)
    text += fmt::format("<li>{}, {}</li>\n", html_text(row_name(run.results[i])),
                        html_text(run.results[i].status));
  return text + "</ul></details>\n";
}

}  // namespace

std::string headline_html(const std::vector<NamedRun>& runs, const std::vector<Headline>& headlines) {
  std::string text = bests_html(runs, headlines);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Headline& h = headlines[i];
    std::set<std::string> devices;
    for (const Best& best : h.best) devices.insert(best.device);
    text += fmt::format(
        "<section class=\"run\" aria-labelledby=\"run-{0}\">\n<h2 id=\"run-{0}\">{1} "
        "<small>{2}</small></h2>\n"
        "<p class=\"lead\">{3}</p>\n<p class=\"about\">{4}</p>\n",
        i + 1, html_text(h.title), html_text(runs[i].name), html_text(h.sentence), html_text(h.subtitle));
    if (!h.best.empty())
      text +=
          "<ul class=\"tiles\" aria-label=\"The best of each precision, and the share of the limit that "
          "binds "
          "it\">\n";
    for (const Best& best : h.best) text += tile(best, devices.size() > 2);
    if (!h.best.empty())
      text +=
          "</ul>\n<p class=\"about\">A full bar is the limit that was measured in the same run and binds: "
          "arithmetic (compute) or bandwidth (memory). Own: this project's kernels; vendor: the libraries. "
          "Each "
          "on the problem that suits it best. ~ marks figures whose interval had not closed.</p>\n";
    text += "<div class=\"columns\">\n";
    if (!h.findings.empty())
      text += "<div><h3>What it shows</h3>\n" + list(h.findings, "findings") + "</div>\n";
    text += "<div><h3>What to doubt</h3>\n" +
            (h.worries.empty()
                 ? "<p>Nothing that is looked for: no noise, no lowered clocks, no row mistrusted or "
                   "wrong, no library on kernels older than the processor.</p>\n"
                 : list(h.worries, "worries")) +
            "</div>\n</div>\n</section>\n";
  }
  return text;
}

std::string refusals_html(const std::vector<NamedRun>& runs) {
  constexpr std::array severity{Status::wrong,       Status::failed,      Status::timeout, Status::mistrusted,
                                Status::unavailable, Status::unsupported, Status::skipped};
  struct Refusal {
    Reason why;
    std::set<std::string> kernels;
    std::set<std::pair<int, std::string>> precisions;  // by their place
    std::size_t rows = 0;
  };
  std::map<std::tuple<std::size_t, std::size_t, std::string>, Refusal> refusals;
  for (std::size_t run = 0; run < runs.size(); ++run)
    for (const ResultRecord& r : runs[run].run.results) {
      const auto* const rank =
          std::find_if(severity.begin(), severity.end(), [&](Status s) { return name(s) == r.status; });
      if (rank == severity.end()) continue;
      Refusal& refusal =
          refusals[{static_cast<std::size_t>(rank - severity.begin()), run, reason_pattern(r.why)}];
      refusal.why.add(r.why);
      refusal.kernels.emplace(short_kernel(r.kernel));
      refusal.precisions.emplace(precision_rank(r.precision), r.precision);
      ++refusal.rows;
    }
  if (refusals.empty()) return "<p>Every row was measured and verified.</p>\n";

  constexpr std::size_t most = 200;
  std::string text = "<div class=\"scroll\"><table class=\"plain\"><thead><tr>" + th("status") +
                     figure_th("rows") + th("kernels") + th("precisions") + th("why") +
                     (runs.size() > 1 ? th("run") : "") + "</tr></thead>\n<tbody>\n";
  std::size_t shown = 0;
  for (const auto& [key, refusal] : refusals) {
    if (shown++ == most) break;
    const auto& [rank, run, pattern] = key;
    const std::string why = refusal.why.text();
    const std::string_view status = name(severity[rank]);
    std::vector<std::string> precisions;
    for (const auto& [place, precision] : refusal.precisions) precisions.push_back(precision);
    const auto words = [](const std::string& cell) {
      return fmt::format("<td class=\"words\">{}</td>", html_text(cell));
    };
    text += fmt::format(
                "<tr><td><a class=\"status {0}\" href=\"#status={0}\">{0}</a></td><td class=\"n\">{1}</td>",
                status, refusal.rows) +
            words(fmt::format("{}", fmt::join(refusal.kernels, ", "))) +
            td(fmt::format("{}", fmt::join(precisions, ", "))) +
            words(why.empty() ? "no reason given" : why) + (runs.size() > 1 ? td(runs[run].name) : "") +
            "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  if (refusals.size() > most)
    text += fmt::format("<p>{} more reasons are in the table of all records.</p>\n", refusals.size() - most);
  return text;
}

std::string facts_html(const std::vector<NamedRun>& runs) {
  std::string text = "<div class=\"scroll\"><table class=\"plain facts\"><thead><tr>" + th("topic") + th("");
  for (const NamedRun& run : runs) text += th(run.name);
  text += "</tr></thead>\n<tbody>\n";
  std::string topic;
  for (const Fact& fact : facts(runs)) {
    text += fmt::format("<tr{}><td>{}</td>{}", fact.differs ? " class=\"differs\"" : "",
                        fact.topic == topic ? "" : html_text(fact.topic),
                        th(fact.name + (fact.differs ? " ≠" : ""), "row"));
    for (const std::string& value : fact.values) text += td(value.empty() ? "–" : value);
    text += "</tr>\n";
    topic = fact.topic;
  }
  text += "</tbody></table></div>\n";
  return text + (runs.size() > 1 ? "<p>≠ marks what differs between the runs.</p>\n" : "");
}

std::string comparison_html(const std::vector<NamedRun>& runs, const std::vector<RunDiff>& diffs) {
  if (diffs.empty()) return "";
  std::string text =
      "<section id=\"comparison\" aria-labelledby=\"comparison-h\">\n<h2 id=\"comparison-h\">Run against "
      "run</h2>\n"
      "<p>Times a call; a speed-up above 1 says that the later run is faster. The interval covers what "
      "varied "
      "within the runs; between runs a machine drifts by another percent or two.</p>\n";
  for (const RunDiff& diff : diffs) {
    const NamedRun &base = runs[diff.base_run], &head = runs[diff.head_run];
    text += fmt::format("<h3>{} against {}</h3>\n", html_text(head.name), html_text(base.name));
    const auto measured =
        std::count_if(diff.rows.begin(), diff.rows.end(), [](const auto& row) { return !!row.ratio; });
    text +=
        fmt::format("<p>{} of {} common rows were measured on both sides.</p>\n", measured, diff.rows.size());
    if (!diff.rows.empty()) {
      text += "<div class=\"scroll tall\"><table class=\"plain\"><thead><tr>" +
              th("kernel, problem, precision") + figure_th(base.name) + figure_th(head.name) +
              figure_th("speed-up [95%]") + th("what differs") + "</tr></thead>\n<tbody>\n";
      for (const RunDiff::Row& row : diff.rows) {
        const ResultRecord &old = base.run.results[row.base], &now = head.run.results[row.head];
        if (!row.ratio && old.status == now.status && !old.median_s) continue;
        text += fmt::format("<tr>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>",
                            th(row_name(now), "row"), time_text(old.median_s), time_text(now.median_s),
                            row.ratio ? ratio_text(*row.ratio) : "–") +
                td(row.note) + "</tr>\n";
      }
      text += "</tbody></table></div>\n";
    }
    text += missing(base.run, diff.only_base, base.name) + missing(head.run, diff.only_head, head.name);
  }
  return text + "</section>\n";
}

}  // namespace gemmark
