"""A tiny run: its tables and its file of record, and what export and merge make of it."""
import csv
import io
import json
import unittest

from program import TINY, ProgramTest, lines_of


class Run(ProgramTest):
    def test_prints_tables_and_progress_apart(self):
        code, out, err = self.gemmark("run", *TINY)
        self.assertEqual(code, 0, err)
        lines = out.splitlines()
        self.assertTrue(lines[0].startswith("gemmark "))
        self.assertIn("gemm m=8 n=9 k=7  cold, host, 1 thread", lines)
        self.assertRegex(out, r"\n  cpu_naive +fp64 +[\d.]+ [nu]s +(±|-)")
        self.assertRegex(out, r"\n  cpu_naive +fp32 +[\d.]+ [nu]s +(±|-)")
        self.assertIn("\n2 rows: 2 ok\n", out)
        self.assertIn("1/1  gemm m=8 n=9 k=7", err)
        self.assertNotIn("\x1b", out + err)  # neither is a terminal

    def test_quiet(self):
        code, out, err = self.gemmark("run", *TINY, "--quiet")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("2 rows: 2 ok", out)

    def test_settings_of_a_suite_yield_to_the_command_line(self):
        (self.folder / "mine.suite").write_text(
            "# Mine\nset seed 3\nset data ints\nset time-limit 0.02\nset ceilings off\nset kernels cpu_naive\n"
            "gemm m=4 n=4 k=4 in=fp32\n")
        self.good("run", "--suite", "mine.suite", "--seed", "7", "--out", "run.jsonl")
        context, *_ = lines_of(self.folder / "run.jsonl")
        self.assertEqual(context["options"]["seed"], 7)
        self.assertEqual(context["options"]["data"], "ints")
        self.assertEqual(context["options"]["problems"], ["gemm m=4 n=4 k=4 in=fp32"])


class Ceilings(ProgramTest):
    def test_off(self):
        self.good("run", *TINY, "--out", "run.jsonl")
        rows = [line for line in lines_of(self.folder / "run.jsonl") if line["record"] in ("ceiling", "result")]
        self.assertEqual([row["record"] for row in rows], ["result", "result"])
        for row in rows:
            self.assertIsNone(row["ceiling_fraction"])
            self.assertEqual(row["status"], "ok")
            self.assertIn("ceilings are off", row["why"])


class Export(ProgramTest):
    def test_formats(self):
        file = self.recorded()
        document = json.loads(self.good("export", "json", file))
        self.assertEqual(len(document["runs"][0]["results"]), 2)
        table = list(csv.DictReader(io.StringIO(self.good("export", "csv", file))))
        self.assertEqual({row["precision"] for row in table}, {"fp32", "fp64"})
        self.assertEqual(len(table[0]["samples_s"].split()), len(document["runs"][0]["results"][0]["samples_s"]))
        google = json.loads(self.good("export", "google", file))
        self.assertEqual(len({row["run_name"] for row in google["benchmarks"]}), 2)
        self.assertIn("| **`cpu_naive`** | fp64 |", self.good("export", "markdown", file))

    def test_to_a_file(self):
        file = self.recorded()
        self.assertEqual(self.good("export", "markdown", file, "--out", "table.md"), "")
        self.assertEqual((self.folder / "table.md").read_text(), self.good("export", "markdown", file))

    def test_what_a_crash_leaves_is_usable(self):
        file = self.recorded()
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:-3]) + lines[-3][:50])
        code, out, err = self.gemmark("export", "csv", file)
        self.assertEqual(code, 0)
        self.assertEqual(len(out.splitlines()), 2)
        self.assertIn("cut short, as a crash leaves it", err)
        self.assertIn("did not finish", err)

    def test_merge(self):
        first, second = self.recorded("a.jsonl"), self.recorded("b.jsonl")
        context, rest = second.read_text().split("\n", 1)
        later = json.loads(context)
        later["conditions"]["time_utc"] = "2100-01-01T00:00:00Z"
        second.write_text(json.dumps(later) + "\n" + rest)
        code, out, err = self.gemmark("merge", first, second, first, "--out", "ab.jsonl")
        self.assertEqual((code, out), (0, "ab.jsonl: 2 runs of 3 files\n"))
        self.assertIn("is a copy of one in", err)
        self.assertIn("2 rows were measured by more than one run", err)
        self.assertEqual((self.folder / "ab.jsonl").read_text(), first.read_text() + second.read_text())
        self.assertIn("## Run 2", self.good("export", "markdown", "ab.jsonl"))
        self.assertIn("holds 2 runs", self.refused("export", "google", "ab.jsonl"))


class Report(ProgramTest):
    def test_a_page_that_gives_its_records_back(self):
        file = self.recorded()
        self.assertEqual(self.good("report", file, "-o", "report.html"), "")
        page = (self.folder / "report.html").read_bytes()
        self.good("report", file, "-o", "again.html")
        self.assertEqual((self.folder / "again.html").read_bytes(), page)
        for form in (["--format", "json"], ["json"]):
            self.assertEqual(self.good("export", *form, "report.html"), self.good("export", "json", file))
        self.good("merge", "report.html", "--out", "merged.jsonl")
        self.assertEqual((self.folder / "merged.jsonl").read_text(), file.read_text())
        self.good("report", "report.html", "-o", "third.html", "--title", "T")
        self.assertIn("<title>gemmark: T</title>", (self.folder / "third.html").read_text())

    def test_a_summary(self):
        text = self.good("report", "--markdown", self.recorded())
        self.assertRegex(text, r"(?m)^\| fp32 \| host \| CPU \| ~?[\d.]+ [GT]FLOP/s \| unknown \| ~?[\d.]+ [GT]FLOP/s \| – \| cpu\\?_naive \| 8×9×7 \|$")
        self.good("report", "--markdown", self.recorded(), "-o", "summary.md")
        self.assertEqual((self.folder / "summary.md").read_text(), text)

    def test_runs_against_a_base(self):
        text = self.good("report", "--compare", "--markdown", self.recorded("base.jsonl"), self.recorded("head.jsonl"))
        self.assertIn("## head against base", text)
        self.assertIn("| cpu_naive | 8×9×7 | fp32 |", text)
        self.assertIn("Machines, libraries, builds and options are the same.", text)


class Bench(ProgramTest):
    NAMES = [f"gemm/cpu_naive/m:8/n:9/k:7/in:{precision}/host/cold/threads:1" for precision in ("fp32", "fp64")]

    def test_list(self):
        self.assertEqual(sorted(self.good("bench", *TINY, "--benchmark_list_tests").split()), self.NAMES)
        self.assertEqual(self.good("bench", *TINY, "--benchmark_list_tests", "--benchmark_filter=fp64$|fp64/").split(),
                         self.NAMES[1:])
        self.assertEqual(self.good("bench", *TINY, "--benchmark_list_tests", "--benchmark_filter=-fp64").split(),
                         self.NAMES[:1])

    def test_json_that_googles_tools_read(self):
        text = self.good("bench", *TINY, "--benchmark_filter=fp32", "--benchmark_format=json",
                         "--benchmark_out=out.json")
        file = json.loads((self.folder / "out.json").read_text())
        for document in (json.loads(text), file):
            self.assertIn("gemmark_fingerprint", document["context"])
            samples = [row for row in document["benchmarks"] if row["run_type"] == "iteration"]
            self.assertGreaterEqual(len(samples), 3)
            for row in samples:
                # No repetitions, iterations or kind of time in the name, or runs would not join.
                self.assertEqual(row["name"], self.NAMES[0])
                self.assertEqual(row["cpu_time"], row["real_time"])
            self.assertEqual({row["aggregate_name"] for row in document["benchmarks"] if "aggregate_name" in row},
                             {"mean", "median", "stddev", "cv"})

    def test_a_file_that_cannot_be_written(self):
        code, _, err = self.gemmark("bench", *TINY, "--benchmark_filter=fp32", "--benchmark_out=/dev/full")
        self.assertEqual(code, 2)
        self.assertIn("/dev/full: cannot be written: No space left on device", err)

    def test_table(self):
        out = self.good("bench", *TINY, "--benchmark_filter=fp32")
        self.assertIn(self.NAMES[0] + "_median", out)
        self.assertNotIn("manual_time", out)

    def test_flags_are_checked_before_anything_is_measured(self):
        for flag, said in (("--benchmark_nope", "unknown option '--benchmark_nope'; expected one of --benchmark_filter"),
                           ("--benchmark_repetitions=3", "unknown option '--benchmark_repetitions=3'"),
                           ("--benchmark_perf_counters=x", "unknown option"),
                           ("--benchmark_format=", "--benchmark_format= is not possible"),
                           ("--benchmark_out_format=xyz", "--benchmark_out_format=xyz is not possible"),
                           ("--benchmark_color=abc", "--benchmark_color=abc is not possible"),
                           ("--benchmark_format=csv", "format 'csv' is not offered here"),
                           ("--benchmark_filter=(", "is no regular expression"),
                           ("--benchmark_filter=zzz", "matches none of the benchmarks"),
                           ("--foo", "unknown option '--foo'")):
            with self.subTest(flag):
                self.assertIn(said, self.refused("bench", *TINY, flag))


if __name__ == "__main__":
    unittest.main()
