"""The built program, run as a user runs it."""
import functools
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.environ["GEMMARK"]
# The smallest thing worth measuring: one kernel that is always there, one problem, a moment.
TINY = ["--problem", "gemm m=8 n=9 k=7 in={fp32,fp64}", "--kernels", "cpu_naive", "--time-limit", "0.02",
        "--ceilings", "off"]


class ProgramTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def gemmark(self, *arguments, **variables):
        """Returns exit code, standard output and standard error."""
        environment = {key: value for key, value in os.environ.items() if key != "GEMMARK_SUITES"}
        environment |= {"XDG_CACHE_HOME": str(self.folder / "cache")} | variables  # nobody's own
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=600,
                              cwd=self.folder, env=environment)
        return done.returncode, done.stdout, done.stderr

    def good(self, *arguments, **variables):
        code, out, err = self.gemmark(*arguments, **variables)
        self.assertEqual(code, 0, f"{arguments}\n{out}\n{err}")
        return out

    def refused(self, *arguments, code=2, **variables):
        """The one line that it prints."""
        got, out, err = self.gemmark(*arguments, **variables)
        self.assertEqual(got, code, f"{arguments}\n{out}\n{err}")
        self.assertEqual(out, "")
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertTrue(err.startswith("gemmark: "), err)
        return err.removeprefix("gemmark: ").rstrip("\n")

    def recorded(self, name="run.jsonl"):
        """The records of a tiny run, in a file of that name."""
        (self.folder / name).write_text(tiny_records())
        return self.folder / name


@functools.cache
def tiny_records():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "run.jsonl")
        subprocess.run([PROGRAM, "run", *TINY, "--quiet", "--out", file], capture_output=True, timeout=600, check=True)
        return file.read_text()


def lines_of(file):
    return [json.loads(line) for line in file.read_text().splitlines()]
