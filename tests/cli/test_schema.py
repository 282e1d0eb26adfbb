"""A run's file of record against its contract, reports/record.schema.json. Skipped where jsonschema is not to be had;
where it is, but not for the interpreter that runs this, that is a failure and no reason to skip."""
import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from program import ProgramTest, lines_of

SCHEMA = Path(os.environ["GEMMARK_SCHEMA"])
# Limits take the longer, the more precisions and threads there are.
ONE = ["--problem", "gemm m=8 n=9 k=7 in=fp32", "--kernels", "cpu_naive", "--time-limit", "0.02", "--threads", "1"]


def interpreters_with_jsonschema():
    names = {shutil.which(name) for name in ("python3", "python", "/usr/bin/python3")} - {None}
    return sorted(name for name in names if subprocess.run([name, "-c", "import jsonschema"], capture_output=True).returncode == 0)


class Schema(ProgramTest):
    def validator(self):
        try:
            import jsonschema
        except ImportError:
            others = interpreters_with_jsonschema()
            self.assertEqual(others, [], "jsonschema is there for these, but the tests were configured with another Python: "
                                         "run cmake again")
            self.skipTest("jsonschema not found (package python3-jsonschema)")
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        return jsonschema.Draft7Validator(schema)

    def check(self, name, validator):
        lines = lines_of(self.folder / name)
        self.assertEqual({line["record"] for line in lines} - {"ceiling"}, {"context", "result", "summary", "end"})
        for number, line in enumerate(lines, 1):
            errors = [f"line {number}: {'/'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(line)]
            self.assertEqual(errors, [])
        self.assertEqual(lines[-1]["lines"], len(lines))
        return lines

    def test_records_fulfil_the_schema(self):
        validator = self.validator()
        self.good("run", "--problem", "gemm m=16 n=9 k=7 in={fp32,int8}", "--problem", "gemm m=n=k=700 in=fp64",
                  "--time-limit", "0.02", "--call-limit", "0.001", "--threads", "1,all", "--ceilings", "off",
                  "--mode", "cold,latency", "--out", "run.jsonl")
        lines = self.check("run.jsonl", validator)
        statuses = {line["status"] for line in lines if line["record"] == "result"}
        self.assertLessEqual({"ok", "unsupported"}, statuses)

        # One that was cut off and went on.
        file = self.folder / "run.jsonl"
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:-4]))
        self.good("run", "--resume", "run.jsonl")
        self.assertEqual(sum("resumes" in line for line in self.check("run.jsonl", validator)), 1)

        # With ceilings: of this run, and of the one before.
        found = []
        for how, origin in (("fresh", "run"), ("cached", "cache")):
            self.assertEqual("measured earlier, from 20" in self.good("run", *ONE, "--ceilings", how, "--out", f"{how}.jsonl"),
                             how == "cached")
            lines = self.check(f"{how}.jsonl", validator)
            found.append({(c["name"], c["precision"], c["cache_level"], c["threads"]): (c["value"], c["measured_utc"])
                          for c in lines if c["record"] == "ceiling"})
            self.assertEqual({c["origin"] for c in lines if c["record"] == "ceiling"}, {origin})
            self.assertEqual([line["ceiling_fraction"] is None for line in lines if line["record"] == "result"], [False])
        self.assertEqual(*found)

        # The schema is no rubber stamp.
        result = next(line for line in lines if line["record"] == "result" and line["status"] == "ok")
        ceiling = {"record": "ceiling", "device": "host", "kind": "compute", "name": "x", "backend": "cpu",
                   "precision": "fp32", "cache_level": 0, "threads": 1, "value": 1e9, "unit": "flop/s", "shape": ""}
        self.assertTrue(validator.is_valid(result))
        self.assertTrue(validator.is_valid(result | {"contended_samples": None}))
        self.assertTrue(validator.is_valid(ceiling))
        self.assertTrue(validator.is_valid(ceiling | {"settled": None}))
        self.assertTrue(validator.is_valid(ceiling | {"kind": "link", "unit": "B/s", "precision": None}))
        point = {"size": 64, "host_s": 1.0, "device_s": 2.0, "host_kernel": "gemm/a", "device_kernel": "gemm/b"}
        crossover = {"record": "summary", "kind": "offload-crossover", "varies": "m=n=k", "family": "gemm in=fp32",
                     "precision": "fp32", "device": "cuda:0", "transfers": True, "verdict": "never", "from": None,
                     "points": [point, point]}
        step = {"precision": "fp32", "kernel": "gemm/a", "tflops": 1.0, "relative_error": 1e-7,
                "accumulator_bits": 24, "dominated": False}
        ladder = {"record": "summary", "kind": "precision-ladder", "comparison": "gemm m=1 n=1 k=1",
                  "device": "host", "mode": "cold", "steps": [step] * 4}
        self.assertTrue(validator.is_valid(crossover))
        self.assertTrue(validator.is_valid(ladder))
        for broken in (result | {"surprise": 1}, result | {"median_s": None}, result | {"status": "fine"},
                       result | {"status": "wrong", "why": ""}, result | {"median_s": -1}, result | {"mode": "warm"},
                       {k: v for k, v in result.items() if k != "seed"}, ceiling | {"unit": "B/s"},
                       ceiling | {"surprise": 1}, {"record": "poem"}, {},
                       crossover | {"points": [point]}, crossover | {"verdict": "perhaps"},
                       crossover | {"kind": "horoscope"}, ladder | {"steps": []}):
            self.assertFalse(validator.is_valid(broken), broken)


if __name__ == "__main__":
    unittest.main()
