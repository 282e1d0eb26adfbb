#include "reports/html.hpp"
#include "reports/packed.hpp"
#include "reports/page.hpp"
#include "reports/page_data.hpp"
#include "reports/reason.hpp"
#include "reports/sha256.hpp"
#include "reports/template.hpp"
#include "tests/catch.hpp"
#include "tests/unit/records.hpp"
#include "tests/unit/scratch.hpp"

using namespace gemmark;
using namespace gemmark::test;

namespace {

std::string lines(const std::vector<ResultRecord>& rows) {
  std::string text = to_line(context()) + "\n";
  for (const ResultRecord& r : rows) text += to_line(r) + "\n";
  return text;
}

bool holds(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples") {
  const auto hex = [](std::string_view text) {
    std::string out;
    for (const std::uint8_t byte : sha256(text)) {
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
    return out;
  };
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(policy_hash("abc") == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST_CASE("Text from anywhere stays text in a page") {
  CHECK(html_text("<b a='1'>&\"") == "&lt;b a=&#39;1&#39;&gt;&amp;&quot;");
  CHECK(html_text("1×2 ü") == "1×2 ü");
  // NOLINTNEXTLINE(misc-misleading-bidirectional): that is the matter
  CHECK(html_text("a\u202eb\u2066c\x1b") == "a[U+202E]b[U+2066]c[U+001B]");
  CHECK(script_text("a('</SCRIPT><!--'); /</g") == "a('<\\/SCRIPT><\\!--'); /</g");
}

TEST_CASE("A template is filled in once, and what is put in is not looked at") {
  CHECK(filled("a {{x}} b {{y}}", {{"x", "{{y}}"}, {"y", "2"}}) == "a {{y}} b 2");
  CHECK(complaint([] { filled("{{x}}", {}); }) == "a template asks for 'x', which nobody fills in");
  CHECK(complaint([] { filled("", {{"x", ""}}); }) == "no template has a place for 'x'");
}

TEST_CASE("The same records give the same page, and the page gives them back") {
  const std::string text = lines({row("cpu_naive", "fp32", 1e-3), row("openblas", "fp32", 1e-4, "vendor")});
  const std::string page = html_page({read_records(text, "a.jsonl")});
  CHECK(page == html_page({read_records(text, "elsewhere/a.jsonl")}));
  CHECK(records_of_page(page) == text);
  CHECK_FALSE(records_of_page(text));
  const Scratch scratch;
  CHECK(read_record_file(scratch.write("a.html", page)).runs[0].lines ==
        read_records(text, "").runs[0].lines);
}

TEST_CASE("Packed text comes back, and what is damaged is told") {
  CHECK(packed("") == "eNoDAAAAAAE=");
  std::string large;
  for (std::int64_t i = 0; i < 300000; ++i) large += std::to_string(i * 7919 % 100003) + "\n";
  for (const std::string& text : {std::string(), std::string("a"), std::string("ab\0\xff", 4), large})
    CHECK(unpacked(packed(text)) == text);
  CHECK(packed(large).size() < large.size());
  CHECK(packed(large) == packed(large));
  CHECK(packed(large).find_first_of("<>&\"") == std::string::npos);
  CHECK(holds(complaint([] { unpacked("eNoD!"); }), "not base64"));
  CHECK(holds(complaint([] { unpacked("AAAAAAAA"); }), "not a zlib stream"));
  CHECK(holds(complaint([&] { unpacked(packed(large).substr(0, 4000)); }), "ends too early"));
  std::string page = html_page({read_records(lines({row("x", "fp32", 1)}), "a.jsonl")});
  const std::size_t data = page.find("id=\"gemmark-records\">\n") + 40;
  page.replace(data, 4, "####");
  const Scratch scratch;
  const std::string file = scratch.write("broken.html", page);
  CHECK(
      holds(complaint([&] { read_record_file(file); }), "broken.html: the records in this page are damaged"));
}

TEST_CASE("Refused rows cost a page little") {
  std::vector<ResultRecord> rows;
  for (int i = 0; i < 2000; ++i)
    rows.push_back(
        unranked("kernel_" + std::to_string(i % 20), "fp16", "unsupported", "has no fp16 variant"));
  const std::string text = lines(rows);
  const std::size_t without = html_page({read_records(lines({}), "a.jsonl")}).size();
  CHECK(html_page({read_records(text, "a.jsonl")}).size() - without < text.size() / 20);
}

TEST_CASE("Reasons that differ only in figures are told as one, with their range") {
  Reason reason;
  for (const char* why : {"one call would take about 0.9 s, the limit is 0.4 s",
                          "one call would take about 18.1 s, the limit is 0.4 s",
                          "one call would take about 1.2 s, the limit is 0.4 s"}) {
    CHECK(reason_pattern(why) == reason_pattern("one call would take about 3 s, the limit is 0.5 s"));
    reason.add(why);
  }
  CHECK(reason.text() == "one call would take about 0.9 … 18.1 s, the limit is 0.4 s");
  CHECK(reason_pattern("has no fp16 variant") != reason_pattern("has no fp64 variant"));
  CHECK(reason_pattern("needs sm_90a, found 8") != reason_pattern("needs sm_90a, found 8;"));
  CHECK(reason_pattern("a  b") != reason_pattern("a b"));
  Reason empty;
  empty.add("");
  CHECK(empty.text().empty());
}

TEST_CASE("Nothing in a record ends the block that holds it") {
  ResultRecord r = row("x", "fp32", 1);
  r.why = r.repro = r.kernel = "</script><script>alert(1)</script><!-- {{script}} ]]>";
  const std::string page = html_page({read_records(lines({r}), "a.jsonl")});
  CHECK_FALSE(holds(page, "<script>alert"));
  CHECK(records_of_page(page).has_value());
  CHECK(read_records(*records_of_page(page), "").runs[0].results[0].why == r.why);
}

TEST_CASE("A page runs only the scripts that it brings, and stays within its size") {
  const std::string page = html_page({read_records(lines({}), "a.jsonl")});
  CHECK(holds(page, "default-src 'none'; script-src 'sha256-"));
  CHECK_FALSE(holds(page, "unsafe"));
  CHECK(page.size() < 1'000'000);
  const std::string own =
      html_page({read_records(lines({}), "a.jsonl")}, {.title = "<T>", .vega = "var vega = '</script>'"});
  CHECK(holds(own, "<title>gemmark: &lt;T&gt;</title>"));
  CHECK(holds(own, "<script>var vega = '<\\/script>'</script>"));
  CHECK(holds(own, policy_hash("var vega = '<\\/script>'")));
}

TEST_CASE("A comparison needs two runs") {
  CHECK(holds(complaint([] { html_page({read_records(lines({}), "a.jsonl")}, {.compare = true}); }),
              "at least two runs"));
}
