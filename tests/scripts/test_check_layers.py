"""The law of includes is broken on purpose, in a small tree of its own: each breach must be found."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return subprocess.run([sys.executable, SCRIPT, "--root", folder], capture_output=True, text=True)


class Layers(unittest.TestCase):
    def breach(self, path, include, message):
        result = check({path: f"#pragma once\n#include {include}\n"})
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(f"{path}:2: ", result.stdout)
        self.assertIn(message, result.stdout)

    def test_what_the_law_allows(self):
        result = check({
            "kernels/gemm/cpu_1_naive.cpp": '#include "kernels/gemm/host_gemm.hpp"\n#include "kernels/api/isa.hpp"\n',
            "harness/run.cpp": '#include <chrono>\n#include "harness/stats.hpp"\n#include "kernels/api/kernel.hpp"\n',
            "reports/page.cpp": '#include "harness/record.hpp"\n',
            "bench/main.cpp": '#include <CLI/CLI.hpp>\n#include "reports/sinks.hpp"\n#include "hwloc.h"\n',
            "tests/unit/x.cpp": '#include "kernels/gemm/host_gemm.hpp"\n#include "bench/options.hpp"\n',
        })
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(result.stdout, "5 files, 0 violations\n")

    def test_harness_knows_no_concrete_kernel(self):
        self.breach("harness/run.cpp", '"kernels/gemm/host_gemm.hpp"', "harness may include kernels/api, harness only")

    def test_kernels_know_no_harness(self):
        self.breach("kernels/gemm/x.cpp", '"harness/record.hpp"', "kernels may include kernels only")

    def test_the_api_knows_no_kernel(self):
        self.breach("kernels/api/x.hpp", '"kernels/gemm/host_gemm.hpp"', "kernels/api may include kernels/api only")

    def test_nothing_points_back(self):
        self.breach("harness/x.cpp", '"reports/sinks.hpp"', "harness may include")
        self.breach("reports/x.cpp", '"bench/options.hpp"', "reports may include")
        self.breach("bench/x.cpp", '"tests/catch.hpp"', "bench may include")
        self.breach("bench/x.cpp", "<kernels/gemm/host_gemm.hpp>", "bench may include")

    def test_kernels_have_no_clock(self):
        self.breach("kernels/gemm/x.cpp", "<chrono>", "no clock")

    def test_includes_are_written_from_the_root(self):
        result = check({"harness/a.hpp": "", "harness/b.hpp": '#include "a.hpp"\n'})
        self.assertEqual(result.returncode, 1)
        self.assertIn('harness/b.hpp:1: includes "a.hpp": write it from the root', result.stdout)

    def test_scripts_hold_no_source(self):
        result = check({"harness/a.hpp": "", "scripts/tool.cpp": ""})
        self.assertEqual(result.returncode, 1)
        self.assertIn("scripts/tool.cpp: scripts see only the JSON files", result.stdout)

    def test_an_empty_tree_does_not_pass(self):
        self.assertEqual(check({}).returncode, 1)


if __name__ == "__main__":
    unittest.main()
