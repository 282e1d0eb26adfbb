#include "reports/headline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "reports/engine.hpp"
#include "reports/fastest.hpp"
#include "reports/figures.hpp"
#include "reports/highlights.hpp"
#include "reports/result.hpp"
#include "reports/worries.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

std::string limit_text(const ResultRecord& r) {
  if (!r.ceiling_fraction) return "";
  return fmt::format("{} of the {} limit", percent_text(*r.ceiling_fraction), limit_word(r));
}

Side side(const ResultRecord& r) {
  return {.rate = rate_text(*r.tflops, r.precision),
          .kernel = std::string(short_kernel(r.kernel)),
          .fraction = r.ceiling_fraction};
}

Best best_of(const RecordedRun& run, const ResultRecord& r) {
  return {.op = r.op,
          .precision = r.precision,
          .device = r.device,
          .mode = r.mode,
          .engine = std::string(engine_name(engine(r))),
          .rate = rate_text(*r.tflops, r.precision),
          .limit = limit_text(r),
          .fraction = r.ceiling_fraction,
          .kernel = std::string(short_kernel(r.kernel)),
          .problem = short_problem(r.problem) + mode_words(run, r),
          .noisy = r.stop == name(Stop::noisy)};
}

std::vector<Best> bests(const RecordedRun& run) {
  const auto key = [](const ResultRecord& r) {
    return std::tuple(r.op, r.device, precision_rank(r.precision), r.precision, r.mode);
  };
  const auto with_role = [&](const ResultRecord& r) { return std::tuple(key(r), r.role == name(Role::own)); };
  const auto sides = fastest(run.results, with_role);
  std::vector<Best> all;
  for (const auto& [what, row] : fastest(run.results, key)) {
    Best& best = all.emplace_back(best_of(run, *row));
    if (const auto own = sides.find({what, true}); own != sides.end()) best.own = side(*own->second);
    if (const auto other = sides.find({what, false}); other != sides.end())
      best.vendor = side(*other->second);
  }
  return all;
}

// Of a device: fp32, which every machine has; the faster of the 16-bit precisions; and what is fastest.
std::vector<const ResultRecord*> told(const RecordedRun& run, const std::string& device) {
  constexpr std::string_view others = "others";
  const auto best = fastest(run.results, [&](const ResultRecord& r) {
    const bool halves = r.precision == "fp16" || r.precision == "bf16";
    return std::pair(r.device, std::string(r.precision == "fp32" ? "1" : halves ? "2" : others));
  });
  std::vector<const ResultRecord*> rows;
  for (const auto& [key, row] : best)
    if (key.first == device && key.second != others) rows.push_back(row);
  const auto rest = best.find({device, std::string(others)});
  const bool fastest_of_all =
      rest != best.end() && std::all_of(rows.begin(), rows.end(), [&](const ResultRecord* row) {
        return *row->tflops < *rest->second->tflops;
      });
  if (fastest_of_all) rows.push_back(rest->second);
  return rows;
}

std::string sentence(const RecordedRun& run) {
  if (run.results.empty()) return "This run holds no results.";
  const auto devices = fastest(run.results, [](const ResultRecord& r) { return r.device; });
  if (devices.empty()) return "Nothing in this run was measured and verified; the reasons are below.";
  std::string text;
  for (const auto& [device, fast] : devices) {
    std::vector<std::string> clauses;
    std::string_view bound;
    for (const ResultRecord* row : told(run, device)) {
      std::string clause =
          rate_text(*row->tflops, row->precision) + " in " + row->precision + mode_words(run, *row);
      if (row->ceiling_fraction)
        clause += fmt::format(" ({})",
                              row->bound == bound ? percent_text(*row->ceiling_fraction) : limit_text(*row));
      bound = row->bound;
      clauses.push_back(std::move(clause));
    }
    const std::string last = std::move(clauses.back());
    clauses.pop_back();
    std::string who = device_words(run, device);
    if (who.starts_with("the ")) who.front() = 'T';
    text += fmt::format("{}{} reaches {}{}{}.", text.empty() ? "" : " ", who, fmt::join(clauses, ", "),
                        clauses.empty() ? "" : " and ", last);
  }
  return text;
}

}  // namespace

std::string machine_title(const RecordedRun& run) {
  std::set<std::string> measured;
  for (const ResultRecord& r : run.results) measured.insert(r.device);
  std::vector<std::string> names;
  for (const json& device : run.context.value("/machine/devices"_json_pointer, json::array()))
    if (measured.empty() || measured.contains(device.value("id", "")))
      names.push_back(device.value("model", "unknown device"));
  return names.empty() ? "unknown machine" : fmt::format("{}", fmt::join(names, " and "));
}

std::string about(const RecordedRun& run, const std::string& title) {
  const auto text = [&](const char* pointer) {
    return run.context.value(json::json_pointer(pointer), std::string());
  };
  std::vector<std::string> parts{"gemmark " + text("/build/version"), text("/build/compiler"),
                                 text("/conditions/time_utc").substr(0, 10), text("/machine/system")};
  for (const json& device : run.context.value("/machine/devices"_json_pointer, json::array()))
    if (const std::string model = device.value("model", ""); title.find(model) == std::string::npos)
      parts.push_back(fmt::format("{} not measured: {}", device.value("id", "device"), model));
  std::erase(parts, "");
  return fmt::format("{}", fmt::join(parts, ", "));
}

Headline headline(const NamedRun& named, const std::vector<Peer>& peers) {
  const std::string measured = machine_title(named.run);
  return {.title = measured,
          .subtitle = about(named.run, measured),
          .sentence = sentence(named.run),
          .best = bests(named.run),
          .findings = highlights(named.run, peers),
          .worries = worries(named)};
}

}  // namespace gemmark
