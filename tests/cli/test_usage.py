"""Help, lists, and what the program says to bad input: one line, exit code 2, nothing overwritten."""
import os
import re
import resource
import signal
import subprocess
import unittest

from program import PROGRAM, TINY, ProgramTest


class Help(ProgramTest):
    def test_help_shows_commands_examples_and_exit_codes(self):
        text = self.good("--help")
        for command in ("run", "list", "doctor", "export", "report", "merge", "bench"):
            self.assertRegex(text, rf"\n  {command} +\w")
        self.assertNotIn("worker", text)
        self.assertIn("Examples:", text)
        for code in (0, 2, 4, 5):
            self.assertRegex(text, rf"\n  {code}  \w")
        self.assertEqual(text, self.good("-h"))

    def test_every_command_has_help_that_fits_the_page(self):
        for command in ("", "run", "list", "doctor", "export", "report", "merge", "bench"):
            text = self.good(*[command] * bool(command), "--help")
            self.assertIn(f"Usage: gemmark {command or 'COMMAND'}", text)
            for line in text.splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_run_help_names_every_setting(self):
        text = self.good("run", "--help")
        for option in ("suite", "problem", "filter", "kernels", "device", "mode", "threads", "data", "seed",
                       "time-limit", "patience", "target", "call-limit", "hang-limit", "out", "resume", "force",
                       "require", "ceilings", "quiet"):
            self.assertRegex(text, rf"\n  --{option}\b")

    def test_version(self):
        self.assertRegex(self.good("--version"), r"^gemmark \d+\.\d+\.\d+( \([0-9a-f]+(-dirty)?\))?\n$")

    def test_no_command(self):
        code, out, err = self.gemmark()
        self.assertEqual((code, out), (2, ""))
        self.assertIn("Usage: gemmark COMMAND", err)


class Lists(ProgramTest):
    def test_list_all(self):
        text = self.good("list")
        headings = [line for line in text.splitlines() if re.fullmatch("[a-z]+", line)]
        self.assertEqual(headings, ["kernels", "backends", "devices", "suites", "ceilings", "precisions"])
        self.assertRegex(text, r"gemm/cpu_naive +own +cpu +yes")
        self.assertRegex(text, r"\n  host ")

    def test_list_suites(self):
        text = self.good("list", "suites")
        for suite in ("smoke", "quick", "gemm-square", "deepbench-gemm-train", "deepbench-gemm-infer", "llm-gemm"):
            self.assertRegex(text, rf"\n  {suite} +\d+ +\w")
        self.assertNotIn("cpu_naive", text)

    def test_colours_only_where_they_are_wanted(self):
        def seen_on_a_terminal(**variables):
            reader, terminal = os.openpty()
            subprocess.run([PROGRAM, "list", "suites"], stdout=terminal, timeout=60, check=True,
                           env={"TERM": "xterm"} | variables)
            os.close(terminal)
            with os.fdopen(reader, "rb") as screen:
                return screen.read1(1 << 16).decode()
        self.assertIn("\x1b[1msuites\x1b[0m", seen_on_a_terminal())
        self.assertNotIn("\x1b", seen_on_a_terminal(NO_COLOR="1"))
        self.assertNotIn("\x1b", seen_on_a_terminal(TERM="dumb"))
        self.assertNotIn("\x1b", self.good("list", "suites"))

    def test_doctor(self):
        text = self.good("doctor", OPENBLAS_CORETYPE="Prescott")
        for heading in ("devices", "backends", "conditions", "advice"):
            self.assertIn(f"\n{heading}\n", text)
        self.assertIn("OPENBLAS_CORETYPE=Prescott forces OpenBLAS onto kernels of that core type", text)


class BadInput(ProgramTest):
    def test_words(self):
        for arguments, line in (
            (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
            (["--verson"], "unknown option '--verson'; did you mean '--version'?"),
            (["run", "--sute", "x"], "unknown option '--sute'; did you mean '--suite'?"),
            (["run", "quick"], "unexpected argument 'quick'"),
            (["lst", "run"], "unknown command 'lst'; did you mean 'list'?"),
            (["list", "doctor"], "cannot list 'doctor'; expected one of kernels, backends, devices, suites, ceilings, precisions"),
            (["--vers", "list"], "unknown option '--vers'; did you mean '--version'?"),
            (["list", "kernls"], "cannot list 'kernls'; did you mean 'kernels'?"),
            (["run", "--suite", "smok"], "unknown suite 'smok'; did you mean 'smoke'? (gemmark list suites)"),
            (["run", "--kernels", "cpu_nave"], "kernels 'cpu_nave': no kernel has such a name; did you mean "
                                               "'gemm/cpu_naive'? (gemmark list kernels)"),
            (["run", "--mode", "hott"], "mode 'hott': 'hott' is unknown; did you mean 'hot'?"),
            (["run", "--seed", "1", "--seed", "2"], "--seed is given twice"),
            (["run", "--data", "unifrm"], "data 'unifrm': 'unifrm' is unknown; did you mean 'uniform'?"),
            (["run", "--device", "hst"], "device 'hst' is unknown; did you mean 'host'?"),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.refused(*arguments), line)

    def test_problems(self):
        for problem, said in (
            ("gemm m=1 n=2", "column 13: 'k=' is missing"),
            ("gemm m=0 n=1 k=1 in=fp32", "column 8: m=0 is not possible; expected an integer from 1"),
            ("gemm m=-1 n=1 k=1 in=fp32", "column 8: m=-1 is not possible"),
            ("gemm m=1000000000000000000 n=1 k=1 in=fp32", "column 8: m=1000000000000000000 is not possible"),
            ("gemm m=1 n=1 k=1 in=fp31", "column 21: in=fp31 is not possible; expected one of fp64, fp32"),
            ("gem m=1", "column 1: 'gem' is no operation"),
            ("gemm m=1 n=1 k=1 in=fp32 size=3", "unknown key 'size'; expected one of m, n, k"),
            ("gemm m=n=k={1,2 in=fp32", "column 12: 'm=n=k={1,2' has a brace without its other"),
            ("", "column 1: '' is no operation; expected gemm, conv or attention"),
            ("gemm m=9223372036854775808 n=1 k=1 in=fp32", "column 8: m=9223372036854775808 is not possible"),
            ("gemm m=1.5 n=1 k=1 in=fp32", "column 8: m=1.5 is not possible; expected an integer from 1"),
            ("gemm m= n=1 k=1 in=fp32", "column 8: m= is not possible"),
            ("gemm m=1 m=2 n=1 k=1 in=fp32", "column 10: 'm' is given twice"),
            ("gemm m=1 n k=1 in=fp32", "column 10: 'n' is not key=value"),
            ("gemm m=2147483647 n=2147483647 k=1 in=fp64", "span more than 2^50 bytes"),
            ("gemm m=1 n=1 k=1 in=fp64 batch=0", "column 32: batch=0 is not possible"),
            ("gemm m=8 n=8 k=8 in=fp32 lda=7", "column 30: lda=7 is smaller than the row it strides over (8)"),
            ("gemm m=1 n=1 k=1 in=fp32 ta=2", "column 29: ta=2 is not possible; expected 0 or 1"),
            ("gemm m=1 n=1 k=1 in=fp32 const=a", "column 32: const=a is not possible; expected b"),
            ("gemm m=1 n=1 k=1 in=fp32 alpha=nan", "column 32: alpha=nan is not possible; expected a finite number"),
            ("gemm m=1 n=1 k=1 in=fp64 alpha=1e999", "column 32: alpha=1e999 is not possible"),
            ("gemm m=1 n=1 k=1 in=fp32 beta=-1e39", "column 31: beta=-1e+39 is more than fp32 holds"),
            ("gemm m=n=k={1..1000000000000000000} in=fp32", "holds more than 10000 values"),
            ("gemm m=n=k={9..1} in=fp32", "'9..1' is no range; expected low..high..step"),
            ("gemm m=n=k={1..9..0} in=fp32", "'1..9..0' is no range"),
            ("gemm m={1..5000} n={1..5000} k=1 in=fp32", "the line stands for more than 10000 problems"),
        ):
            with self.subTest(problem):
                line = self.refused("run", "--problem", problem)
                self.assertTrue(line.startswith(f'problem "{problem}", '), line)
                self.assertIn(said, line)

    def test_operations_without_a_kernel(self):
        problem = "conv n=1 c=3 h=8 w=8 k=4 r=3 s=3 in=fp32"
        self.assertEqual(self.refused("run", "--problem", problem), f'problem "{problem}": no kernel of this version computes conv')
        self.assertIn("r=2147483647 is not possible; expected an integer from 1 to 65536",
                      self.refused("run", "--problem", "conv n=1 c=1 h=2147483647 w=1 k=1 r=2147483647 s=1 in=fp32"))

    def test_what_is_quoted_stays_on_the_line(self):
        self.assertIn(r"gemm m=1\x0an=\x1b[31m2", self.refused("run", "--problem", "gemm m=1\nn=\x1b[31m2"))

    def test_numbers(self):
        for option, value in (("time-limit", "0"), ("time-limit", "-1"), ("time-limit", "nan"), ("target", "0%"),
                              ("target", "101"), ("call-limit", "x"), ("seed", "-1"), ("threads", "0"),
                              ("threads", "many"), ("threads", "100000"), ("threads", "-1"), ("threads", ","),
                              ("threads", "99999999999999999999"), ("time-limit", "inf"), ("time-limit", "1e999"),
                              ("time-limit", ""), ("time-limit", "1s"), ("patience", "-1"), ("patience", "nan"),
                              ("hang-limit", "0"), ("call-limit", "86401"), ("seed", "18446744073709551616"),
                              ("seed", "1.5"), ("seed", ""), ("target", "1e-999"), ("mode", ","), ("kernels", ""),
                              ("ceilings", "fresh,off"), ("ceilings", "cold"), ("device", ""), ("require", "")):
            with self.subTest(option=option, value=value):
                given = [f"--{option}={value}"] if value else [f"--{option}", ""]
                self.assertTrue(self.refused("run", *given).startswith(f"{option} '{value}': "))
        self.assertRegex(self.refused("run", "--threads", "4000"),
                         r"^threads '4000': this machine has \d+ processors? to use$")

    def test_filters(self):
        self.assertIn("is no regular expression", self.refused("run", "--filter", "("))
        self.assertIn("nothing to measure", self.refused("run", "--filter", "no such row"))
        self.assertIn("no kernel has such a name", self.refused("run", "--kernels", "zzz*"))

    def test_suite_file(self):
        (self.folder / "mine.suite").write_text("# Mine\nset seed 3\ngemm m=1 n=x k=1 in=fp32\n")
        self.assertTrue(self.refused("run", "--suite", "mine.suite").startswith(
            "mine.suite, line 3, column 12: n=x is not possible; expected an integer from 1 to "))
        self.assertEqual(self.refused("run", "--suite", "./none.suite"),
                         "suite ./none.suite cannot be read: No such file or directory")
        for name in ("/dev/zero", str(self.folder) + "/"):
            self.assertIn("cannot be read: it is a d", self.refused("run", "--suite", name))
        for text, said in (("", "mine.suite: holds no problems"),
                           ("set seed\n", "mine.suite, line 1: expected 'set NAME VALUE'"),
                           ("set seeds 1\n", "mine.suite, line 1: 'seeds' is no setting; did you mean 'seed'?"),
                           ("set threads 0\n", "mine.suite, line 1: threads '0': expected thread counts"),
                           ("include mine\n", "mine.suite, line 1: 'mine' includes itself"),
                           ("include nowhere\n", "mine.suite, line 1: unknown suite 'nowhere'"),
                           ("\x00\x01\x7fELF\n", "mine.suite, line 1: holds a zero byte; expected text")):
            with self.subTest(text):
                (self.folder / "mine.suite").write_text(text)
                self.assertIn(said, self.refused("run", "--suite", "./mine.suite"))
        self.assertIn("unknown suite ''", self.refused("run", "--suite", ""))
        self.assertIn("--suite is given twice", self.refused("run", "--suite", "smoke", "--suite", "quick"))
        self.assertIn("there are no suites in /nowhere", self.refused("run", "--suite", "smoke", GEMMARK_SUITES="/nowhere"))

    def test_output_is_checked_before_anything_is_measured(self):
        taken = self.folder / "taken.jsonl"
        taken.write_text("precious")
        for out, said in (("taken.jsonl", "exists already; choose another name, or --force to replace it"),
                          (".", "is a directory; expected a file's name"),
                          ("no/such/run.jsonl", "cannot be written: there is no directory no/such"),
                          ("/proc/run.jsonl", "cannot be written: ")):
            with self.subTest(out):
                self.assertIn(f"{out}: {said}", self.refused("run", "--out", out))
        self.assertIn("exists already", self.refused("export", "csv", "taken.jsonl", "--out", "taken.jsonl"))
        self.assertIn("exists already", self.refused("report", "taken.jsonl", "--out", "taken.jsonl"))
        self.assertIn("exists already", self.refused("merge", "taken.jsonl", "--out", "taken.jsonl"))
        self.assertEqual(taken.read_text(), "precious")
        self.assertIn("--out '': expected a file's name", self.refused("run", "--out", ""))
        self.assertIn("'' is no file's name", self.refused("run", "--resume", ""))
        self.assertIn("'' is no file's name", self.refused("export", "csv", ""))
        self.assertIn("there is no directory no/such", self.refused("bench", *TINY, "--benchmark_out=no/such/out.json"))
        # What is read is not replaced, by whatever name, even where replacing was asked for.
        file, alias = self.recorded(), self.folder / "alias.jsonl"
        alias.symlink_to(file)
        before = file.read_text()
        for arguments in (["export", "csv", file, "--out", alias], ["report", file, "-o", alias], ["report", alias, "-o", file],
                          ["merge", file, "--out", alias]):
            self.assertIn("is read here, and would be replaced", self.refused(*arguments, "--force"))
        self.assertEqual(file.read_text(), before)

    def test_output_that_takes_nothing(self):
        file = self.recorded()
        for arguments in (["export", "csv", file, "--out", "/dev/full", "--force"],
                          ["report", file, "-o", "/dev/full", "--force"],
                          ["merge", file, "--out", "/dev/full", "--force"],
                          ["run", *TINY, "--quiet", "--out", "/dev/full", "--force"]):
            with self.subTest(arguments):
                self.assertEqual(self.refused(*arguments), "/dev/full: cannot be written: No space left on device")
        for arguments in (["export", "csv", file], ["list"], ["--help"], ["--version"], ["run", *TINY, "--quiet"]):
            with self.subTest(arguments), open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, r"^gemmark: standard output cannot be written(: No space left on device)?\n$")

    def test_nobody_listens(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "list"], stdout=full, stderr=full, timeout=60)
        self.assertEqual(done.returncode, 2)

    def test_what_was_there_stays_until_all_of_the_new_is(self):
        file, old = self.recorded(), self.folder / "old.csv"
        old.write_text("precious")
        def no_room():  # for files of more than 100 bytes
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        for there in (True, False):
            done = subprocess.run([PROGRAM, "export", "csv", file, "--out", old, "--force"], preexec_fn=no_room,
                                  restore_signals=False, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual([old.read_text()] if old.exists() else [], ["precious"] if there else [])
            self.assertEqual({path.name for path in self.folder.iterdir()}, {"run.jsonl"} | ({"old.csv"} if there else set()))
            old.unlink(missing_ok=True)

    def test_a_link_stays_a_link(self):
        file, real, link = self.recorded(), self.folder / "real.csv", self.folder / "link.csv"
        real.write_text("old")
        link.symlink_to(real)
        self.good("export", "csv", file, "--out", link, "--force")
        self.assertTrue(link.is_symlink())
        self.assertIn("cpu_naive", real.read_text())

    def test_offload_without_a_device(self):
        line = self.refused("run", "--mode", "offload", "--problem", "gemm m=n=k=8 in=fp32", code=4,
                            CUDA_VISIBLE_DEVICES="")
        self.assertEqual(line, "mode offload is for devices besides the host, and this machine has none")

    def test_records(self):
        (self.folder / "garbage.jsonl").write_text("garbage\n")
        (self.folder / "empty.jsonl").write_text("")
        for command in (["export", "csv"], ["merge", "--out", "merged.jsonl"],
                        ["report", "-o", "merged.jsonl"]):
            for name, said in (("none.jsonl", "none.jsonl: cannot be read: No such file or directory"),
                               (".", ".: is a directory"), ("empty.jsonl", "empty.jsonl: holds no records"),
                               ("garbage.jsonl", "garbage.jsonl, line 1: not JSON: ")):
                with self.subTest(command=command, name=name):
                    self.assertTrue(self.refused(*command, name).startswith(said))
            with self.subTest(command=command, name="/dev/zero"):
                self.assertEqual(self.refused(*command, "/dev/zero"), "/dev/zero: is a device; expected a file")
        self.assertFalse((self.folder / "merged.jsonl").exists())
        for command in (["merge", "empty.jsonl"], ["merge", "--out", "x"], ["export"], ["export", "csv"], ["report"]):
            with self.subTest(command):
                self.assertIn(f"(gemmark {command[0]} --help)", self.refused(*command))
        self.assertIn("unknown format 'mrkdown'; did you mean 'markdown'?",
                      self.refused("export", "mrkdown", "empty.jsonl"))

    def test_report(self):
        file = self.recorded()
        self.assertIn("is no Vega", self.refused("report", file, "--vega", file, "-o", "page.html"))
        self.assertIn("where to? expected --out report.html", self.refused("report", "run.jsonl"))
        self.assertIn("--compare needs at least two runs", self.refused("report", "--compare", "--markdown", self.recorded()))
        self.assertIn("none.js: cannot be read", self.refused("report", self.recorded(), "-o", "r.html", "--vega", "none.js"))

    def test_require(self):
        self.assertIn("require 'cudn': no backend or device has that name", self.refused("run", "--require", "cudn"))
        self.assertIn("'host:7' is not here; this machine has host", self.refused("run", "--require", "host:7", code=4))


if __name__ == "__main__":
    unittest.main()
