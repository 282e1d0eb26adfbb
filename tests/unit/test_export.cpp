#include <set>
#include <sstream>

#include "reports/export.hpp"
#include "reports/google_name.hpp"
#include "reports/jsonl_sink.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"

using namespace gemmark;
using namespace gemmark::test;
using nlohmann::json;

namespace {

RecordFile file_of(const std::vector<ResultRecord>& results) {
  RecordFile file{.path = "f.jsonl", .runs = {{.context = context()}}, .warnings = {}};
  file.runs[0].results = results;
  file.runs[0].ceilings = {ceiling("fp32", 1, 2e11)};
  file.runs[0].summary = summary_json(summary());
  file.runs[0].complete = true;
  return file;
}

std::vector<ResultRecord> three() {
  return {row("avx512_packed", "fp32", 1e-3), unranked("bad", "fp32", "wrong", "off, \"quite\" off"),
          unranked("odd", "fp32", "mistrusted", "too fast")};
}

}  // namespace

TEST_CASE("the json export is one document with everything") {
  RecordFile file = file_of(three());
  file.runs[0].findings = {{{"record", "summary"}, {"kind", "precision-ladder"}}};
  const json document = json::parse(export_json(file));
  CHECK(document.at("schema") == "gemmark/1");
  REQUIRE(document.at("runs").size() == 1);
  const json& run = document["runs"][0];
  CHECK(run.at("context") == context());
  CHECK(run.at("ceilings").at(0) == json(ceiling("fp32", 1, 2e11)));
  REQUIRE(run.at("results").size() == 3);
  CHECK(run.at("results").at(0) == json(row("avx512_packed", "fp32", 1e-3)));
  CHECK(run.at("findings") == json(file.runs[0].findings));
  CHECK(run.at("summary").at("wall_s") == 62);
  CHECK(run.at("complete") == true);
  CHECK(json::parse(export_json(file_of({}))).at("runs").at(0).at("results").empty());
}

TEST_CASE("the csv export has a column for every field") {
  RecordFile file = file_of(three());
  file.runs[0].context["conditions"]["time_utc"] = "2025-01-02T03:04:05Z";
  std::istringstream text(export_csv(file));
  std::string header, first, second;
  std::getline(text, header), std::getline(text, first), std::getline(text, second);
  REQUIRE(header.back() == '\r');
  header.pop_back();

  std::set<std::string> columns;
  std::istringstream words(header);
  for (std::string word; std::getline(words, word, ',');) CHECK(columns.insert(word).second);
  std::set<std::string> fields{"run", "ci95_low_s", "ci95_high_s", "machine", "time_utc"};
  const json record = row("a", "fp32", 1);
  for (const auto& [key, value] : record.items())
    if (key != "record" && key != "ci95_s") fields.insert(key);
  CHECK(columns == fields);

  CHECK(first.find("1,gemm m=64 n=64 k=64 in=fp32,gemm m=64 n=64 k=64,gemm,fp32,gemm/avx512_packed,") == 0);
  CHECK(first.ends_with(",Some CPU,2025-01-02T03:04:05Z\r"));
  CHECK(first.find(",0.000996,") != std::string::npos);
  CHECK(first.find(",0.001 0.00099 0.00101,") != std::string::npos);
  CHECK(second.find(",wrong,\"off, \"\"quite\"\" off\",,,,") != std::string::npos);
}

TEST_CASE("the google export holds every sample of what is right, and nothing else") {
  const json document = json::parse(export_google(file_of(three())));
  CHECK(document.at("context").at("fingerprint") == "f00d");
  const json& rows = document.at("benchmarks");
  REQUIRE(rows.size() == 3 + 4);  // samples and aggregates of the one row that is ok
  const std::string name = "gemm/avx512_packed/m:64/n:64/k:64/in:fp32/host/cold/threads:1";
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(rows[i].at("name") == name);
    CHECK(rows[i].at("run_type") == "iteration");
    CHECK(rows[i].at("repetition_index") == i);
    CHECK(rows[i].at("repetitions") == 3);
    CHECK(rows[i].at("cpu_time") == rows[i].at("real_time"));
    CHECK(rows[i].at("time_unit") == "ns");
  }
  CHECK(rows[1].at("real_time").get<double>() == Approx(0.99e6));
  CHECK(rows[0].at("FLOPS").get<double>() == Approx(2.0 * 64 * 64 * 64 / 1e-3));
  CHECK(rows[3].at("name") == name + "_mean");
  CHECK(rows[4].at("aggregate_name") == "median");
  CHECK(rows[4].at("real_time").get<double>() == Approx(1e6));
  CHECK(rows[5].at("real_time").get<double>() == Approx(1e4));
  CHECK(rows[6].at("aggregate_unit") == "percentage");
  CHECK(rows[6].at("real_time").get<double>() == Approx(0.01));
}

TEST_CASE("the google export takes off its samples what was taken off their median") {
  ResultRecord r = row("a", "fp32", 1e-3);
  r.samples_s = {1.5e-3, 1.49e-3, 1e-4, 1.51e-3, 1.6e-3};
  r.timer_bias_s = 5e-4;
  const json rows = json::parse(export_google(file_of({r}))).at("benchmarks");
  CHECK(rows[0].at("real_time").get<double>() == Approx(1e6));
  CHECK(rows[1].at("real_time").get<double>() == Approx(0.99e6));
  CHECK(rows[2].at("real_time") == 0);
  CHECK(rows[2].at("FLOPS").is_null());
  CHECK(rows[6].at("run_name") == rows[0].at("name"));
  CHECK(rows[6].at("aggregate_name") == "median");
  CHECK(rows[6].at("real_time").get<double>() == Approx(1e6));
}

TEST_CASE("the google export says how gemmark was built") {
  RecordFile file = file_of({});
  const auto built = [&] { return json::parse(export_google(file)).at("context").at("library_build_type"); };
  CHECK(built() == "debug");
  for (const auto& [type, as] :
       {std::pair{"Debug", "debug"}, {"Release", "release"}, {"RelWithDebInfo", "release"}}) {
    file.runs[0].context["build"]["type"] = type;
    CHECK(built() == as);
  }
}

TEST_CASE("the google export refuses what its format cannot hold") {
  RecordFile file = file_of(three());
  file.runs.push_back(file.runs[0]);
  try {
    export_google(file);
    FAIL("accepted");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).find("f.jsonl: holds 2 runs") == 0);
  }
}

TEST_CASE("names say what differs from the usual") {
  CHECK(google_name("gemm/a", "gemm m=1 n=2 k=3 in=fp32 tb=1", "host", "hot", "zeros", 2) ==
        "gemm/a/m:1/n:2/k:3/in:fp32/tb:1/data:zeros/host/hot/threads:2");
}

TEST_CASE("the markdown export is a table a comparison") {
  const std::string text = export_markdown(file_of(three()));
  CHECK(text.find("## Some CPU\n\ngemmark 1.2.3\n\n### `gemm m=64 n=64 k=64`\n\ncold, host, 1 thread\n\n| "
                  "kernel | type |") == 0);
  CHECK(text.find("| **`avx512_packed`** | fp32 | 1.00 ms | ±0.4% | 0.524 |") != std::string::npos);
  CHECK(text.find("- not ranked: `bad`: off, \"quite\" off\n") != std::string::npos);
  RecordFile two = file_of({unranked("a", "fp32", "skipped", "a | b *c*")});
  two.runs.push_back(two.runs[0]);
  CHECK(export_markdown(two).find("## Run 2: Some CPU\n\ngemmark 1.2.3\n\n### `gemm") != std::string::npos);
  CHECK(export_markdown(two).find("- not run: a (skipped: a \\| b \\*c\\*)\n") != std::string::npos);
}

TEST_CASE("the markdown export disarms names that a file may bring") {
  ResultRecord odd = unranked("a|`b`\n<img>", "fp32", "wrong", "off");
  odd.comparison = "gemm `\n# m";
  const std::string text = export_markdown(file_of({odd}));
  CHECK(text.find("### `gemm ' # m`\n") != std::string::npos);
  CHECK(text.find("| `a\\|'b' <img>` | fp32 |") != std::string::npos);
}

TEST_CASE("every format has a name and a word about it") {
  std::set<std::string_view> names;
  for (const ExportFormat& format : export_formats()) {
    CHECK(names.insert(format.name).second);
    CHECK_FALSE(format.summary.empty());
    CHECK_FALSE(format.text(file_of(three())).empty());
  }
  CHECK(names == std::set<std::string_view>{"json", "csv", "google", "markdown"});
}
