#include "reports/merge.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "reports/google_name.hpp"

namespace gemmark {
namespace {

// Rows that a reader would take for the same thing: the same row on the same machine.
std::string identity(const RecordedRun& run, const ResultRecord& r) {
  return fmt::format("{} {} seed {}", run.context.value("fingerprint", nlohmann::json()).dump(),
                     google_name(r), r.seed);
}

}  // namespace

Merged merge(const std::vector<RecordFile>& files) {
  Merged merged;
  std::map<std::vector<std::string>, std::string> taken;  // a run's lines, and the file they came from
  std::map<std::string, std::set<int>> runs_of;           // by row: the runs that measured it
  std::string example;
  int repeated = 0;
  for (const RecordFile& file : files)
    for (const RecordedRun& run : file.runs) {
      const auto [first, fresh] = taken.try_emplace(run.lines, file.path);
      if (!fresh) {
        merged.notes.push_back(
            fmt::format("{}: a run of it is a copy of one in {}; kept once", file.path, first->second));
        continue;
      }
      ++merged.runs;
      for (const std::string& line : run.lines) merged.text += line + "\n";
      for (const ResultRecord& r : run.results) {
        if (!r.median_s) continue;
        auto& runs = runs_of[identity(run, r)];
        if (!runs.insert(merged.runs).second || runs.size() != 2) continue;
        if (repeated++ == 0) example = google_name(r);
      }
    }
  if (repeated > 0)
    merged.notes.push_back(fmt::format(
        "{} row{} measured by more than one run on the same machine, for example {}; all kept, each "
        "in its run",
        repeated, repeated == 1 ? " was" : "s were", example));
  return merged;
}

}  // namespace gemmark
