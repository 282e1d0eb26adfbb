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

namespace gemmark {
namespace {

std::string tile(const Best& best, bool devices) {
  std::string meter;
  if (best.fraction)
    meter = fmt::format("<meter min=\"0\" max=\"1\" value=\"{:.4f}\" aria-label=\"{}\"></meter>",
                        std::min(*best.fraction, 1.0), html_text(best.limit));
  return fmt::format(
      "<li><span class=\"what\">{}{}{}</span><strong>{}{} <small>{}</small></strong>{}<span "
      "class=\"limit\">{}</span>"
      "<span class=\"how\">{}<br>{}</span></li>\n",
      best.op == "gemm" ? "" : html_text(best.op) + " ", html_text(best.precision),
      devices ? " · " + html_text(best.device) : "",
      best.noisy ? "<abbr title=\"the interval had not closed to its target\">~</abbr>" : "",
      html_text(best.rate.substr(0, best.rate.find(' '))),
      html_text(best.rate.substr(best.rate.find(' ') + 1)), meter,
      html_text(best.limit.empty() ? "no limit measured" : best.limit), html_text(best.kernel),
      html_text(best.problem));
}

std::string list(const std::vector<Finding>& findings, std::string_view kind) {
  if (findings.empty()) return "";
  std::string text = fmt::format("<ul class=\"{}\">\n", kind);
  for (const Finding& finding : findings) {
    const std::string rows = finding.link.empty()
                                 ? ""
                                 : fmt::format(" <a href=\"#{}\">show the rows</a>", html_text(finding.link));
    text += fmt::format("<li><b>{}</b> <span>{}{}</span></li>\n", html_text(finding.figure),
                        html_text(finding.text), rows);
  }
  return text + "</ul>\n";
}

std::string th(std::string_view text, std::string_view scope = "col") {
  return fmt::format("<th scope=\"{}\">{}</th>", scope, html_text(text));
}
std::string figure_th(std::string_view text) {
  return fmt::format("<th scope=\"col\" class=\"n\">{}</th>", html_text(text));
}
std::string td(std::string_view text) { return fmt::format("<td>{}</td>", html_text(text)); }

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
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Headline& h = headlines[i];
    const bool devices = std::any_of(h.best.begin(), h.best.end(),
                                     [&](const Best& b) { return b.device != h.best[0].device; });
    text += fmt::format(
        "<section class=\"run\" aria-labelledby=\"run-{0}\">\n<h2 id=\"run-{0}\">{1} "
        "<small>{2}</small></h2>\n"
        "<p class=\"lead\">{3}</p>\n<p class=\"about\">{4}</p>\n",
        i + 1, html_text(h.title), html_text(runs[i].name), html_text(h.sentence), html_text(h.subtitle));
    if (!h.best.empty()) text += "<ul class=\"tiles\" aria-label=\"The best of each precision\">\n";
    for (const Best& best : h.best) text += tile(best, devices);
    if (!h.best.empty()) text += "</ul>\n";
    text += "<div class=\"columns\">\n";
    if (!h.findings.empty())
      text += "<div><h3>What it shows</h3>\n" + list(h.findings, "findings") + "</div>\n";
    if (!h.worries.empty()) text += "<div><h3>What to doubt</h3>\n" + list(h.worries, "worries") + "</div>\n";
    text += "</div>\n</section>\n";
  }
  return text;
}

std::string refusals_html(const std::vector<NamedRun>& runs) {
  constexpr std::array severity{Status::wrong,       Status::failed,      Status::timeout, Status::mistrusted,
                                Status::unavailable, Status::unsupported, Status::skipped};
  struct Reason {
    std::set<std::string> kernels, precisions;
    std::size_t rows = 0;
  };
  std::map<std::tuple<std::size_t, std::size_t, std::string>, Reason> reasons;
  for (std::size_t run = 0; run < runs.size(); ++run)
    for (const ResultRecord& r : runs[run].run.results) {
      const auto rank =
          std::find_if(severity.begin(), severity.end(), [&](Status s) { return name(s) == r.status; });
      if (rank == severity.end()) continue;
      Reason& reason = reasons[{static_cast<std::size_t>(rank - severity.begin()), run, r.why}];
      reason.kernels.emplace(short_kernel(r.kernel));
      reason.precisions.insert(r.precision);
      ++reason.rows;
    }
  if (reasons.empty()) return "<p>Every row was measured and verified.</p>\n";

  constexpr std::size_t most = 200;
  std::string text = "<div class=\"scroll\"><table class=\"plain\"><thead><tr>" + th("status") +
                     figure_th("rows") + th("kernels") + th("precisions") + th("why") +
                     (runs.size() > 1 ? th("run") : "") + "</tr></thead>\n<tbody>\n";
  std::size_t shown = 0;
  for (const auto& [key, reason] : reasons) {
    if (shown++ == most) break;
    const auto& [rank, run, why] = key;
    const std::string_view status = name(severity[rank]);
    text += fmt::format(
                "<tr><td><a class=\"status {0}\" href=\"#status={0}\">{0}</a></td><td class=\"n\">{1}</td>",
                status, reason.rows) +
            td(fmt::format("{}", fmt::join(reason.kernels, ", "))) +
            td(fmt::format("{}", fmt::join(reason.precisions, ", "))) +
            td(why.empty() ? "no reason given" : why) + (runs.size() > 1 ? td(runs[run].name) : "") +
            "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  if (reasons.size() > most)
    text += fmt::format("<p>{} more reasons are in the table of all records.</p>\n", reasons.size() - most);
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
              figure_th("speed-up [95%]") + th("verdict") + th("what differs") + "</tr></thead>\n<tbody>\n";
      for (const RunDiff::Row& row : diff.rows) {
        const ResultRecord &old = base.run.results[row.base], &now = head.run.results[row.head];
        if (!row.ratio && old.status == now.status && !old.median_s) continue;
        text += fmt::format("<tr>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>",
                            th(row_name(now), "row"), time_text(old.median_s), time_text(now.median_s),
                            row.ratio ? ratio_text(*row.ratio) : "–") +
                td(row.verdict.empty() ? "–" : row.verdict) + td(row.note) + "</tr>\n";
      }
      text += "</tbody></table></div>\n";
    }
    text += missing(base.run, diff.only_base, base.name) + missing(head.run, diff.only_head, head.name);
  }
  return text + "</section>\n";
}

}  // namespace gemmark
