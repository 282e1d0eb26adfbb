"""The block between README's markers: written, checked, found stale."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from sample_records import ceiling, result, write

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "readme_table.py"


class ReadmeTable(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.readme = self.folder / "README.md"
        self.readme.write_text("before\n<!-- results:begin -->\nold\n<!-- results:end -->\nafter\n")
        self.records = self.folder / "run.jsonl"

    def table(self, *options):
        return subprocess.run([sys.executable, SCRIPT, "--readme", self.readme, *options, self.records],
                              capture_output=True, text=True)

    def test_writes_between_the_markers_and_nothing_else(self):
        write(self.records, ceiling(200e9), ceiling(220e9), result("naive", 0.5), result("packed", 0.01),
              result("openblas", 0.02, stop="noisy"), result("amx", status="unsupported"),
              result("packed", 0.04, precision="fp64"), result("openblas", 0.05, precision="fp64", status="wrong"))
        ran = self.table()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        text = self.readme.read_text()
        self.assertTrue(text.startswith("before\n<!-- results:begin -->\n"))
        self.assertTrue(text.endswith("\n<!-- results:end -->\nafter\n"))
        self.assertIn("| problem | precision | limit | naive | packed | openblas |", text)
        self.assertIn("| 64×64×64 | fp32 | compute | 2.00 (50%) | **100** (50%) | ~50.0 (50%) |", text)
        self.assertIn("| 64×64×64 | fp64 | compute |  | **25.0** (50%) | **wrong** |", text)
        self.assertIn("| host | fp32 | GFLOP/s | 220 |", text)
        self.assertIn("Some CPU (host, 2 processors); openblas 0.3.21 [Haswell].", text)
        self.assertNotIn("amx", text)

    def test_integers_are_operations(self):
        write(self.records, ceiling(200e9), {**ceiling(400e9), "precision": "int8"}, result("packed", 0.01), result("packed", 0.005, precision="int8"))
        self.table()
        self.assertIn("GFLOP/s (int8: GOP/s), cold mode", self.readme.read_text())
        self.assertIn("| host | int8 | GOP/s | 400 |", self.readme.read_text())

    def test_axes_show_where_there_are_several(self):
        write(self.records, result("packed", 0.01), result("packed", 0.005, threads=2, mode="hot"))
        self.table()
        self.assertIn("| 64×64×64 | fp32 | hot | 2 | compute | **200** (50%) |", self.readme.read_text())

    def test_kernels_of_one_thread_stand_beside_the_others(self):
        write(self.records, result("packed", 0.01, threads=2), result("naive", 0.5))
        self.table()
        self.assertIn("| 64×64×64 | fp32 | compute | 2.00 (50%) | **100** (50%) |", self.readme.read_text())
        self.assertIn("2 threads; one for naive.", self.readme.read_text())

    def test_streams_of_all_instruction_sets_are_one_ceiling(self):
        bandwidth = {"kind": "bandwidth", "precision": None, "unit": "B/s"}
        write(self.records, result("naive", 0.5), ceiling(10e9, name="avx2_copy", backend="avx2", cache_level=1, **bandwidth),
              ceiling(12e9, name="avx512_copy", backend="avx512", cache_level=1, **bandwidth),
              ceiling(20e9, name="copy", threads=2, **bandwidth),
              ceiling(30e9, name="copy_streaming", threads=2, **bandwidth))
        self.table()
        self.assertIn("| device | ceiling | unit | 1 thread | 2 threads |", self.readme.read_text())
        self.assertIn("| host | copy, L1 | GB/s | 12.0 |  |", self.readme.read_text())
        self.assertIn("| host | copy, memory | GB/s |  | 20.0 |", self.readme.read_text())
        self.assertIn("| host | copy_streaming, memory | GB/s |  | 30.0 |", self.readme.read_text())

    def test_what_nobody_measured_is_told(self):
        write(self.records, result("packed", 0.01), result("packed", problem="gemm m=9 n=9 k=9", status="skipped"),
              result("naive", problem="gemm m=8 n=8 k=8", status="skipped"),
              result("packed", precision="int4", status="unsupported"))
        self.table()
        text = self.readme.read_text()
        self.assertIn("| 9×9×9 | fp32 | skipped | skipped |", text)
        self.assertIn("| 8×8×8 | fp32 | skipped |  |", text)
        self.assertNotIn("| int4 |", text)

    def test_check_changes_nothing_and_says_so(self):
        write(self.records, result("naive", 0.5))
        before = self.readme.read_text()
        ran = self.table("--check")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("stale", ran.stdout)
        self.assertEqual(self.readme.read_text(), before)
        self.table()
        self.assertEqual(self.table("--check").returncode, 0)

    def test_no_record_says_that_there_is_none(self):
        self.assertEqual(self.table().returncode, 0)
        self.assertIn("Nothing is recorded yet", self.readme.read_text())

    def test_bad_input(self):
        self.records.write_text('{"record": "result"}\n')
        self.assertIn("no context line", self.table().stderr)
        write(self.records, result("naive", 0.5))
        self.readme.write_text("no markers\n")
        ran = self.table()
        self.assertEqual(ran.returncode, 2)
        self.assertIn("exactly one pair", ran.stderr)


if __name__ == "__main__":
    unittest.main()
