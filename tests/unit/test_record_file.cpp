#include "reports/jsonl_sink.hpp"
#include "reports/merge.hpp"
#include "reports/record_file.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"
#include "tests/unit/scratch.hpp"

using namespace gemmark;
using namespace gemmark::test;
using nlohmann::json;

namespace {

std::string line(const json& j) { return to_line(j) + "\n"; }
std::string end_line(int lines = 5) { return line({{"record", "end"}, {"lines", lines}}); }

std::string whole_run() {
  return line(context()) + line(ceiling("fp32", 1, 2e11)) + line(row("a", "fp32", 1e-3)) +
         line(summary_json(summary())) + end_line();
}

std::string reason(const std::string& text) {
  return complaint([&] { read_records(text, "f.jsonl"); });
}

}  // namespace

TEST_CASE("a run written line by line is read back whole") {
  const Scratch scratch;
  {
    JsonlSink sink(scratch.path("run.jsonl"), false);
    sink.on_context(context());
    sink.on_ceiling(ceiling("fp32", 2, 2e11));
    sink.on_result(row("a", "fp32", 1e-3));
    // What is written is there at once: a crash must lose nothing.
    CHECK(read_record_file(scratch.path("run.jsonl")).runs.at(0).results.size() == 1);
    sink.on_result(unranked("b", "fp32", "wrong", "one element is off"));
    sink.on_end(summary());
  }
  const RecordFile file = read_record_file(scratch.path("run.jsonl"));
  REQUIRE(file.runs.size() == 1);
  const RecordedRun& run = file.runs[0];
  CHECK(file.warnings.empty());
  CHECK(run.complete);
  CHECK(run.context == context());
  CHECK(run.ceilings.at(0).value == 2e11);
  CHECK(json(run.results.at(0)) == json(row("a", "fp32", 1e-3)));
  CHECK(run.results.at(1).why == "one element is off");
  CHECK(run.summary.at("rows_by_status").at("wrong") == 1);
  CHECK(json::parse(run.lines.back()) == json{{"record", "end"}, {"lines", 6}});
}

TEST_CASE("what a crash leaves is read with a warning") {
  std::string text = whole_run();
  text.resize(text.size() - end_line().size());
  const std::string cut = text + line(row("b", "fp32", 1e-3)).substr(0, 40);

  const RecordFile whole = read_records(text, "f.jsonl");
  CHECK_FALSE(whole.runs[0].complete);
  REQUIRE(whole.warnings.size() == 1);
  CHECK(whole.warnings[0] == "f.jsonl: the run did not finish; 1 results are there");

  const RecordFile file = read_records(cut, "f.jsonl");
  CHECK(file.runs[0].results.size() == 1);
  REQUIRE(file.warnings.size() == 2);
  CHECK(file.warnings[0] == "f.jsonl, line 5: cut short, as a crash leaves it; the lines before it are used");
}

TEST_CASE("a run that lost lines between its first and its last is not whole") {
  const std::string text = line(context()) + line(row("a", "fp32", 1e-3)) + end_line(4);
  const RecordFile file = read_records(text + line(context()) + end_line(2), "f.jsonl");
  CHECK_FALSE(file.runs.at(0).complete);
  CHECK(file.runs.at(1).complete);
  REQUIRE(file.warnings.size() == 1);
  CHECK(file.warnings[0] == "f.jsonl: run 1 has 3 lines where its end counts 4; 1 results are there");
  CHECK(reason(text + line(row("b", "fp32", 1e-3))) == "f.jsonl, line 4: a result after the end of its run");
  CHECK(reason(line(context()) + "{\"record\": \"end\"}\n") ==
        "f.jsonl, line 2: an end that does not count its run's lines");
}

TEST_CASE("a last line that is whole but for its newline counts") {
  std::string text = whole_run();
  text.pop_back();
  CHECK(read_records(text, "f.jsonl").warnings.empty());
}

TEST_CASE("what is wrong with a file is said with its line") {
  CHECK(reason("").find("f.jsonl: holds no records") == 0);
  CHECK(reason("{\"record\": \"cont").find("f.jsonl, line 1: not JSON: ") == 0);
  CHECK(reason("garbage\n" + whole_run()).find("f.jsonl, line 1: not JSON: ") == 0);
  CHECK(reason(line(context()) + "garbage\n" + end_line()).find("f.jsonl, line 2: not JSON: ") == 0);
  // A whole line of garbage at the end is no cut line.
  CHECK(reason(line(context()) + "garbage\n").find("f.jsonl, line 2: not JSON: ") == 0);
  CHECK(reason("[1, 2]\n") == "f.jsonl, line 1: expected a JSON object with a \"record\"");
  CHECK(reason(end_line()) == "f.jsonl, line 1: a end before any context; is the first line missing?");
  CHECK(reason(whole_run() + end_line()) == "f.jsonl, line 6: a end after the end of its run");
  CHECK(reason(line(context()) + "{\"record\": \"poem\"}\n")
            .find("f.jsonl, line 2: record \"poem\" is unknown; expected context, ceiling") == 0);

  json other = context();
  other["schema"] = "gemmark/9";
  CHECK(reason(line(other)) == "f.jsonl, line 1: schema is \"gemmark/9\"; this gemmark reads \"gemmark/1\"");

  json incomplete = row("a", "fp32", 1e-3);
  incomplete.erase("median_s");
  CHECK(reason(line(context()) + line(incomplete)) ==
        "f.jsonl, line 2: not a valid result: key 'median_s' not found");
  json nothing = row("a", "fp32", 1e-3);
  nothing["median_s"] = nullptr;
  CHECK(reason(line(context()) + line(nothing)) == "f.jsonl, line 2: status is ok, but there is no median_s");
  json odd = row("a", "fp32", 1e-3);
  odd["status"] = "fine";
  CHECK(reason(line(context()) + line(odd)) == "f.jsonl, line 2: status \"fine\" is unknown");
}

TEST_CASE("a line of wrong types is refused before anything is made of it") {
  json odd = context();
  odd["conditions"]["time_utc"] = 5;
  CHECK(reason(line(odd)) ==
        "f.jsonl, line 1: not a valid context: conditions/time_utc has type number, expected string");
  odd = context();
  odd["machine"]["devices"][0]["model"] = nullptr;
  CHECK(reason(line(odd)).ends_with(
      "not a valid context: machine/devices/0/model has type null, expected string"));
  odd["machine"] = "mine";
  CHECK(reason(line(odd)).ends_with("machine has type string, expected object"));
  const json crossover = {{"record", "summary"}, {"kind", "offload-crossover"}, {"varies", "m"}};
  CHECK(reason(line(context()) + line(crossover)) ==
        "f.jsonl, line 2: not a valid summary: family has type null, expected string");
  json huge = row("a", "fp32", 1e-3);
  huge["threads"] = 1e30;
  CHECK(reason(line(context()) + line(huge))
            .find("f.jsonl, line 2: not a valid result: 'threads' is 1e+30, expected a whole number from ") ==
        0);
  huge["threads"] = 5'000'000'000;
  CHECK(reason(line(context()) + line(huge)).find("'threads' is 5000000000, expected") != std::string::npos);
}

TEST_CASE("samples beside others are told by the words of files that lack the figure") {
  json told = row("a", "fp32", 1e-3), silent = told;
  told.erase("contended_samples"), silent.erase("contended_samples");
  told["why"] = "too few; somebody else used the processors during 2 of 3 samples";
  const RecordFile file = read_records(line(context()) + line(told) + line(silent), "f.jsonl");
  CHECK(file.runs.at(0).results.at(0).contended_samples == 2);
  CHECK_FALSE(file.runs.at(0).results.at(1).contended_samples);
}

TEST_CASE("a file that cannot be read is named") {
  const Scratch scratch;
  CHECK(complaint([&] { read_record_file(scratch.path("none")); }) ==
        scratch.path("none") + ": cannot be read: No such file or directory");
  CHECK(complaint([&] { read_record_file(scratch.path("")); }).find("is a directory") != std::string::npos);
}

TEST_CASE("a file of records is never overwritten unasked") {
  const Scratch scratch;
  const std::string path = scratch.write("run.jsonl", "old");
  CHECK(complaint([&] { JsonlSink(path, false); }).find(path + ": exists already") == 0);
  CHECK(complaint([&] { write_file(path, "new", false); }).find(path + ": exists already") == 0);
  CHECK(scratch.read("run.jsonl") == "old");
  // Even one that may be replaced stays until there is something to replace it with.
  { JsonlSink unused(path, true); }
  CHECK(scratch.read("run.jsonl") == "old");
  JsonlSink(path, true).on_context(context());
  CHECK(scratch.read("run.jsonl") == line(context()));
  write_file(path, "new", true);
  CHECK(scratch.read("run.jsonl") == "new");
}

TEST_CASE("a run that never began leaves no file") {
  const Scratch scratch;
  { JsonlSink unused(scratch.path("run.jsonl"), false); }
  CHECK_FALSE(std::filesystem::exists(scratch.path("run.jsonl")));
  CHECK(complaint([&] { JsonlSink(scratch.path("no/run.jsonl"), false); }) ==
        scratch.path("no/run.jsonl") + ": cannot be written: No such file or directory");
}

TEST_CASE("a file that is being written is nobody else's") {
  const Scratch scratch;
  const std::string path = scratch.path("run.jsonl");
  JsonlSink first(path, false);
  first.on_context(context());
  CHECK(complaint([&] { JsonlSink(path, true); }) == path + ": another gemmark is writing it");
}

TEST_CASE("a run that went on is read as one") {
  const Scratch scratch;
  const std::string begun = line(context()) + line(row("a", "fp32", 1e-3));
  const std::string path = scratch.write("run.jsonl", begun + "{\"record\": \"res");
  const auto length = static_cast<std::int64_t>(scratch.read("run.jsonl").size());
  Continuation continuation{.path = path,
                            .read_bytes = length,
                            .kept_bytes = static_cast<std::int64_t>(begun.size()),
                            .kept_lines = 2,
                            .kept = {row("a", "fp32", 1e-3)}};
  { JsonlSink unused(continuation); }
  CHECK(static_cast<std::int64_t>(scratch.read("run.jsonl").size()) == length);
  {
    JsonlSink sink(continuation);
    sink.on_context(context());
    sink.on_result(row("b", "fp32", 1e-3));
    sink.on_end(summary());
  }
  CHECK(scratch.read("run.jsonl").find(begun) == 0);
  const RecordFile file = read_record_file(path);
  CHECK(file.warnings.empty());
  REQUIRE(file.runs.size() == 1);
  CHECK(file.runs[0].complete);
  CHECK(file.runs[0].results.size() == 2);
  REQUIRE(file.runs[0].continuations.size() == 1);
  CHECK(file.runs[0].continuations[0].at("resumes") == json{{"rows", 1}});
  CHECK(json::parse(file.runs[0].lines.back()) == json{{"record", "end"}, {"lines", 6}});
  CHECK(complaint([&] { JsonlSink sink(continuation); }).find("has changed since it was read") !=
        std::string::npos);
}

TEST_CASE("a continuation of nothing is no run") {
  json resumed = context();
  resumed["resumes"] = {{"rows", 0}};
  CHECK(reason(line(resumed)) ==
        "f.jsonl, line 1: a continuation before any context; is the first line missing?");
}

TEST_CASE("a merge keeps every run under its own context") {
  const std::string other = line(context("beef")) + line(row("a", "fp32", 2e-3)) + end_line(3);
  const Merged merged = merge({read_records(whole_run(), "a"), read_records(other, "b")});
  CHECK(merged.runs == 2);
  CHECK(merged.notes.empty());
  CHECK(merged.text == whole_run() + other);
  const RecordFile back = read_records(merged.text, "m");
  REQUIRE(back.runs.size() == 2);
  CHECK(back.runs[1].context.at("fingerprint") == "beef");
  CHECK(back.runs[1].results.at(0).median_s == 2e-3);
}

TEST_CASE("a merge says what was measured twice and drops only copies") {
  const std::string refused = line(unranked("b", "fp32", "skipped", "dear"));
  const std::string one = line(context()) + line(row("a", "fp32", 1e-3)) + refused;
  const std::string again = line(context()) + line(row("a", "fp32", 2e-3)) + refused;
  const Merged merged = merge({read_records(one, "a"), read_records(again, "b"), read_records(one, "c")});
  CHECK(merged.runs == 2);
  REQUIRE(merged.notes.size() == 2);
  CHECK(merged.notes[0] == "c: a run of it is a copy of one in a; kept once");
  CHECK(merged.notes[1].find("1 row was measured by more than one run on the same machine, for example "
                             "gemm/a/m:64/n:64/k:64/in:fp32/host/cold/threads:1") == 0);
}
