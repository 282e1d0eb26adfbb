"""What scripts/timing_truth.py makes of a profiler's table, and what scripts/sanitize.sh says where it cannot run."""
import contextlib
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import timing_truth  # noqa: E402

HEADER = '"ID","Kernel Name","Metric Name","Metric Unit","Metric Value"'


def table(*rows):
    lines = [f'"{i}","{kernel}","gpu__time_duration.sum","{unit}","{value}"'
             for i, (kernel, unit, value) in enumerate(rows)]
    return "\n".join(["==PROF== Connected", HEADER, *lines]) + "\n"


class Calls(unittest.TestCase):
    def test_kernels_between_markers_are_one_call(self):
        text = table(("truth_marker()", "us", "1.2"), ("gemm", "us", "10"), ("reduce", "us", "2.5"),
                     ("truth_marker()", "us", "1.1"), ("gemm", "ms", "1,000.5"))
        (first, second), empty = timing_truth.calls_of(text)
        self.assertAlmostEqual(first, 12.5e-6)
        self.assertAlmostEqual(second, 1.0005)
        self.assertEqual([round(1e6 * seconds, 3) for seconds in empty], [1.2, 1.1])

    def test_units(self):
        for unit, seconds in (("ns", 1e-9), ("nsecond", 1e-9), ("usecond", 1e-6), ("msecond", 1e-3), ("second", 1.0)):
            (call,), _ = timing_truth.calls_of(table(("truth_marker", unit, "9"), ("k", unit, "1")))
            self.assertAlmostEqual(call, seconds)

    def test_a_profiler_that_prints_no_table(self):
        self.assertEqual(timing_truth.calls_of("==ERROR== no permission\n"), ([], []))

    def test_disagreement_is_relative_only_where_it_means_something(self):
        self.assertEqual(timing_truth.disagreement(103e-6, 100e-6), "+3.0%")
        self.assertEqual(timing_truth.disagreement(10.4e-6, 10e-6), "+0.40 us")
        self.assertEqual(timing_truth.disagreement(1, None), "-")
        self.assertEqual(timing_truth.worst([(103e-6, 100e-6), (10e-6, 10.5e-6), (1, None)]),
                         "3.0% from 50 us on, 0.50 us below")

    def test_target(self):
        for ours, theirs, hit in ((10.4e-6, 10e-6, True), (10.6e-6, 10e-6, False), (102e-6, 100e-6, True),
                                  (96e-6, 100e-6, False)):
            self.assertEqual(timing_truth.on_target(ours, theirs), hit)

    def test_a_miss_is_counted_and_shown(self):
        case = {"problem": "gemm m=1", "kernel": "gemm/x", "cold_s": 11e-6, "cold_quartiles_s": [10.9e-6, 11.2e-6],
                "cold_bias_s": 1e-6, "empty_s": 1.5e-6}
        good, bad, none = ([[10.9e-6] * 3], ""), ([[10e-6] * 3], ""), (None, "no such tool")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(timing_truth.print_cold([case], bad, none, [1.2e-6, 1.3e-6]), 1)
            self.assertEqual(timing_truth.print_cold([case], none, none), 0)
            self.assertEqual(timing_truth.print_cold([case], good, bad), 0)  # short, where CUPTI is not judged
        self.assertIn("worst: ncu 1.00 us below; corrected", printed.getvalue())
        self.assertIn("an empty kernel: gemmark 1.50 us, ncu 1.25 (+0.25 us)", printed.getvalue())
        self.assertIn("(no such tool)", printed.getvalue())
        self.assertIn("worst: ncu 0.10 us below; CUPTI 1.00 us below;", printed.getvalue())

    def test_a_trace_that_breaks_off_is_no_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "truth"
            program.write_text("#!/bin/sh\nprintf '[1e-5, 2e-5'; echo 'timing_truth: lost' >&2; exit 4\n")
            program.chmod(0o755)
            times, why = timing_truth.traced(program, 1)
        self.assertIsNone(times)
        self.assertIn("exit code 4): timing_truth: lost", why)

    def test_long_calls_are_judged_by_cupti_too(self):
        case = {"problem": "gemm m=1", "kernel": "gemm/x", "cold_s": 104e-6, "cold_quartiles_s": [104e-6, 104e-6],
                "cold_bias_s": 1e-6}
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(timing_truth.print_cold([case], ([[103e-6] * 3], ""), ([[100e-6] * 3], "")), 1)
            self.assertEqual(timing_truth.print_cold([case], ([[103e-6] * 3], ""), ([[102e-6] * 3], "")), 0)


class Sanitize(unittest.TestCase):
    def test_says_why_it_cannot_run(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([SCRIPTS / "sanitize.sh", folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 4)
        self.assertIn("build with -DGEMMARK_CUDA=ON first", done.stderr)


if __name__ == "__main__":
    unittest.main()
