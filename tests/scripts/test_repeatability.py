"""Ratios that drift together must pass, a ratio that moves must be found."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from sample_records import CONTEXT, result, write

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "repeatability.py"


class Repeatability(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def compare(self, first, second, *options):
        files = [write(self.folder / "1.jsonl", *first), write(self.folder / "2.jsonl", *second)]
        return subprocess.run([sys.executable, SCRIPT, *files, *options], capture_output=True, text=True)

    def test_a_drift_of_the_whole_machine_cancels(self):
        ran = self.compare([result("a", 1.0), result("openblas", 2.0)], [result("a", 1.3), result("openblas", 2.6)])
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn("64×64×64 fp32 host 1t cold: a / openblas 0.00%", ran.stdout)
        self.assertIn("100.0% of    1 within 1.5%", ran.stdout)

    def test_a_ratio_that_moves_is_found_either_way(self):
        for medians in ((1.03, 2.0), (1.0, 2.06)):
            ran = self.compare([result("a", 1.0), result("openblas", 2.0)],
                               [result("a", medians[0]), result("openblas", medians[1])])
            self.assertEqual(ran.returncode, 1, ran.stdout)
            self.assertIn("3.00%", ran.stdout)
            self.assertIn("MISSED", ran.stdout)

    def test_leaders_are_the_best_of_each_side(self):
        first = [result("naive", 9.0), result("a", 1.0), result("openblas", 1.1), result("openblas[Old]", 3.0)]
        second = [result("naive", 5.0), result("a", 1.0), result("openblas", 1.1), result("openblas[Old]", 2.0)]
        ran = self.compare(first, second, "--judge", "leaders")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn("leaders a / openblas 0.00%", ran.stdout)
        self.assertEqual(self.compare(first, second, "--judge", "worst").returncode, 1)

    def test_nine_of_ten(self):
        def run(moved):
            rows = []
            for i in range(10):
                problem = f"gemm m={i + 1} n=64 k=64"
                rows += [result("a", 1.1 if i < moved else 1.0, problem), result("b", 2.0, problem)]
            return rows
        self.assertEqual(self.compare(run(0), run(1)).returncode, 0)
        self.assertEqual(self.compare(run(0), run(2)).returncode, 1)

    def test_what_was_not_measured_is_left_out(self):
        ran = self.compare([result("a", 1.0), result("b", 2.0), result("c", 1.0)],
                           [result("a", 1.0), result("b", 2.0), result("c", status="wrong")])
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertNotIn("c", ran.stdout.split("cold:")[1].splitlines()[0])

    def test_a_file_of_several_runs_is_refused(self):
        ran = self.compare([result("a", 1.0), result("b", 2.0)], [result("a", 1.0), CONTEXT, result("b", 2.0)])
        self.assertEqual(ran.returncode, 2)
        self.assertIn("2.jsonl: holds 2 runs, expected one", ran.stderr)

    def test_bad_input(self):
        self.assertEqual(self.compare([result("a", 1.0)], [result("b", 1.0)]).returncode, 2)
        broken = self.folder / "broken.jsonl"
        broken.write_text((self.folder / "1.jsonl").read_text() + '{"record": "res')
        ran = subprocess.run([sys.executable, SCRIPT, broken, broken], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("broken.jsonl:3: not JSON", ran.stderr)


if __name__ == "__main__":
    unittest.main()
