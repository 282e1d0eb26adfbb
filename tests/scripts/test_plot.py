"""The pictures are drawn from any records, say what they lack, and are the same for the same records."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "page"))
import synthetic  # noqa: E402

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "plot.py"
try:
    import matplotlib  # noqa: F401
    import pandas  # noqa: F401
    WHY_NOT = ""
except ImportError as error:
    WHY_NOT = f"{error.name} is not installed"


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Plot(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def plot(self, lines, *options, out="out"):
        file = self.folder / "run.jsonl"
        file.write_text(synthetic.text(lines), encoding="utf-8")
        return subprocess.run([sys.executable, SCRIPT, file, "--out", self.folder / out, *options], capture_output=True, text=True)

    def test_all_pictures_twice_the_same(self):
        lines = synthetic.run(300)
        for out in ("first", "second"):
            ran = self.plot(lines, "--format", "svg", out=out)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        first = sorted((self.folder / "first").iterdir())
        self.assertEqual([file.name for file in first], [f"run-{name}.svg" for name in ("forest", "performance", "roofline", "steps")])
        for file in first:
            self.assertEqual(file.read_bytes(), (self.folder / "second" / file.name).read_bytes())
            self.assertNotIn("nan", file.read_text().lower().split("<defs>")[0])
        self.assertIn("measured compute limit", (self.folder / "first/run-performance.svg").read_text())

    def test_a_ladder_stands_under_the_limit_that_binds(self):
        for m, bound in ((4096, "compute"), (1, "memory")):
            lines = synthetic.context(("host",)), *(synthetic.result(kernel, m, 4096, 4096, "fp32") for kernel in ("cpu_naive", "avx512_packed"))
            self.plot(lines, "--only", "steps", "--format", "svg")
            self.assertIn(f"the right edge is the measured {bound} limit", (self.folder / "out/run-steps.svg").read_text())

    def test_weights_stored_transposed_are_squares_too(self):
        lines = [line | {"comparison": line["comparison"] + " tb=1"} if line["record"] == "result" else line for line in synthetic.run(300)]
        self.assertIn("run-performance.svg", self.plot(lines, "--only", "performance", "--format", "svg").stdout)
        text = (self.folder / "out/run-performance.svg").read_text()
        self.assertIn("TOP/s", text)  # integers have no floating point

    def test_says_what_cannot_be_drawn(self):
        self.assertIn("performance: not drawn: nothing was measured", self.plot(synthetic.run(0)).stdout)
        one = self.plot(synthetic.run(1, devices=("host",))).stdout
        self.assertIn("performance: not drawn: needs square problems in at least two sizes", one)
        self.assertIn("steps: not drawn", one)
        self.assertIn("forest: not drawn", one)

    def test_one_picture_as_png(self):
        self.assertEqual(self.plot(synthetic.run(100), "--only", "roofline", "--format", "png").returncode, 0)
        self.assertEqual((self.folder / "out/run-roofline.png").read_bytes()[:4], b"\x89PNG")

    def test_several_runs_are_refused(self):
        ran = self.plot(synthetic.run(50) + synthetic.run(50))
        self.assertEqual(ran.returncode, 2)
        self.assertIn("run.jsonl: holds 2 runs, expected one", ran.stderr)
        (self.folder / "run.json").write_text('{"runs": [{}, {}]}')
        ran = subprocess.run([sys.executable, SCRIPT, self.folder / "run.json"], capture_output=True, text=True)
        self.assertIn("run.json: holds 2 runs, expected one", ran.stderr)

    def test_bad_input(self):
        (self.folder / "bad.jsonl").write_text("{}\n")
        ran = subprocess.run([sys.executable, SCRIPT, self.folder / "bad.jsonl"], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("not a record", ran.stderr)


if __name__ == "__main__":
    unittest.main()
