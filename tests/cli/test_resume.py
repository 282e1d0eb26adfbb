"""A run that was cut off and goes on in the same file."""
import fcntl
import json
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, lines_of

OPTIONS = ["--problem", "gemm m=8 n=9 k={7,6,5} in={fp32,fp64}", "--kernels", "cpu_naive,cpu_blocked", "--ceilings", "off"]
SHORT = ["--time-limit", "0.02"]


def rows(lines):
    return [line for line in lines if line["record"] == "result"]


def identity(row):
    return tuple(row[key] for key in ("problem", "kernel", "device", "threads", "mode"))


class Resume(ProgramTest):
    finished = None  # the records of the whole run, measured once

    def setUp(self):
        super().setUp()
        self.file = self.folder / "run.jsonl"
        if Resume.finished is None:
            self.good("run", *OPTIONS, *SHORT, "--quiet", "--out", self.file)
            Resume.finished = self.file.read_text()
        self.file.write_text(Resume.finished)
        self.whole = Resume.finished.splitlines(keepends=True)

    def cut(self, results, rest=""):
        """The file as a crash leaves it after so many results, with the beginning of another line."""
        at = [i for i, line in enumerate(self.whole) if json.loads(line)["record"] == "result"][results]
        self.file.write_text("".join(self.whole[:at]) + rest)
        return self.whole[:at]

    def go_on(self, *arguments):
        code, out, err = self.gemmark("run", "--resume", self.file, "--quiet", *arguments)
        self.assertEqual(code, 0, out + err)
        return out, err

    def check_whole(self, kept):
        """The file begins with these lines, and holds every row once."""
        lines = self.file.read_text().splitlines(keepends=True)
        self.assertEqual(lines[:len(kept)], kept)
        lines = [json.loads(line) for line in lines]
        self.assertEqual(lines[len(kept)]["record"], "context")
        self.assertEqual(lines[len(kept)]["resumes"], {"rows": len(rows(lines[:len(kept)]))})
        self.assertEqual(sorted(map(identity, rows(lines))), sorted(identity(row) for row in rows(map(json.loads, self.whole))))
        self.assertEqual(lines[-2]["rows_by_status"], {"ok": 12})
        self.assertEqual(lines[-1], {"record": "end", "lines": len(lines)})

    def test_an_interrupt_says_how_to_go_on(self):
        file = self.folder / "cut.jsonl"
        run = subprocess.Popen([PROGRAM, "run", *OPTIONS, "--time-limit", "20", "--target", "0.0001", "--quiet", "--out", file],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        while not (file.exists() and file.read_text()):
            self.assertIsNone(run.poll())
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.communicate(timeout=60)[1], f"\ngemmark: interrupted; the records so far are in {file}, and "
                                                         f"gemmark run --resume {file} goes on\n")
        self.assertEqual(run.returncode, -signal.SIGINT)

    def test_an_interrupt_before_the_first_record_leaves_nothing(self):
        file = self.folder / "early.jsonl"
        run = subprocess.Popen([PROGRAM, "run", *OPTIONS, "--quiet", "--out", file],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        while not file.exists():
            self.assertIsNone(run.poll())
        run.send_signal(signal.SIGSTOP)
        if file.read_text():
            run.kill()
            run.communicate()
            self.skipTest("too late")
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGCONT)
        self.assertEqual(run.communicate(timeout=60)[1],
                         "\ngemmark: interrupted; nothing is recorded yet, and the same command starts again\n")
        self.assertFalse(file.exists())

    def test_after_a_comparison(self):
        kept = self.cut(4)
        out, err = self.go_on()
        self.assertEqual(err, f"gemmark: note: {self.file}: 4 rows kept\n")
        self.assertIn("12 rows: 12 ok", out)
        self.assertNotIn("k=7", out)
        self.check_whole(kept)

    def test_amid_a_comparison_and_a_line(self):
        self.cut(6, self.whole[-3][:50])
        kept = [line for line in self.whole if json.loads(line)["record"] == "context"] + [
            line for line in self.whole if json.loads(line)["record"] == "result"][:4]
        _, err = self.go_on()
        self.assertIn("4 rows kept; 2 rows of a comparison that was not finished will be measured again", err)
        self.assertRegex(err, r"line 8: cut short, as a crash leaves it; .* it is dropped\n")
        self.check_whole(kept)

    def test_before_the_first_row_and_without_a_newline(self):
        self.file.write_text(self.whole[0].rstrip("\n"))
        self.go_on()
        self.check_whole(self.whole[:1])

    def test_after_the_last_row(self):
        kept = self.whole[:-2]
        self.file.write_text("".join(kept))
        self.go_on()
        self.check_whole(kept)

    def test_libraries_are_not_tried_again(self):
        self.cut(4)
        before = json.loads(self.whole[0])["conditions"]["trials"]
        self.go_on()
        self.assertEqual([line["conditions"]["trials"] for line in lines_of(self.file) if "resumes" in line], [before])

    def test_twice(self):
        self.cut(4)
        self.go_on()
        lines = self.file.read_text().splitlines(keepends=True)
        self.file.write_text("".join(lines[:-4]))
        self.go_on()
        lines = lines_of(self.file)
        self.assertEqual(sum("resumes" in line for line in lines), 2)
        self.assertEqual(len(rows(lines)), 12)
        self.assertEqual(len(set(map(identity, rows(lines)))), 12)

    def test_the_rest_reads_it_as_one_run(self):
        self.cut(5)
        self.go_on()
        document = json.loads(self.good("export", "json", self.file))
        self.assertEqual([len(run["results"]) for run in document["runs"]], [12])
        self.assertEqual(len(document["runs"][0]["continuations"]), 1)
        self.assertEqual(len({row["run_name"] for row in json.loads(self.good("export", "google", self.file))["benchmarks"]}), 12)
        self.good("report", self.file, "-o", "report.html")
        self.assertIn("the run was cut off and went on", self.good("report", "--markdown", self.file))

    def test_the_last_of_several_runs(self):
        first = self.file.read_text()
        kept = self.cut(4)
        self.file.write_text(first + "".join(kept))
        self.go_on()
        self.assertTrue(self.file.read_text().startswith(first + "".join(kept)))
        self.assertEqual(len(json.loads(self.good("export", "json", self.file))["runs"]), 2)

    def test_the_same_options_may_be_given_and_no_others(self):
        self.cut(4)
        before = self.file.read_text()
        line = self.refused("run", "--resume", self.file, *OPTIONS, *SHORT, "--seed", "7")
        self.assertEqual(line, f"{self.file}: --resume goes on with what was asked for then: options/seed is 7 here, and was 1")
        self.assertIn("options/problems is [", self.refused("run", "--resume", self.file, "--suite", "smoke"))
        self.assertEqual(self.file.read_text(), before)
        self.go_on(*OPTIONS, *SHORT)

    def test_another_machine_or_build(self):
        kept = self.cut(4)
        for part, change, said in (
            ("machine", {"architecture": "vax"}, 'machine/architecture is "'),
            ("build", {"version": "0.0.9"}, 'build/version is "'),
            ("libraries", {"blas": {"available": True}}, "libraries/blas is not here"),
        ):
            with self.subTest(part):
                context = json.loads(kept[0])
                context[part] |= change
                self.file.write_text(json.dumps(context) + "\n" + "".join(kept[1:]))
                before = self.file.read_text()
                self.assertIn(f"cannot be resumed: {said}", self.refused("run", "--resume", self.file))
                self.assertEqual(self.file.read_text(), before)

    def test_files_that_cannot_be_resumed(self):
        line = self.refused("run", "--resume", self.file)
        self.assertEqual(line, f"{self.file}: its run has finished; there is nothing to resume")
        self.good("report", self.file, "-o", "report.html")
        (self.folder / "text.jsonl").write_text("not a record\n")
        context = json.loads(self.whole[0])
        (self.folder / "odd.jsonl").write_text(json.dumps(context | {"options": {"problems": ["gem"]}}) + "\n")
        for name, said in (("none.jsonl", "none.jsonl: cannot be read: No such file"), (".", ".: is a directory"),
                           ("text.jsonl", "text.jsonl, line 1: not JSON"),
                           ("report.html", "report.html: is a page; expected the file that gemmark run --out began"),
                           ("odd.jsonl", "odd.jsonl: its context does not say what was asked for")):
            with self.subTest(name):
                self.assertIn(said, self.refused("run", "--resume", name))
        self.assertIn("leave --out and --force away", self.refused("run", "--resume", self.file, "--out", "x"))

    def test_a_file_that_another_run_is_writing(self):
        self.cut(4)
        with open(self.file) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("another gemmark is writing it", self.refused("run", "--resume", self.file))


if __name__ == "__main__":
    unittest.main()
