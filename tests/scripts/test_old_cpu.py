"""The program on an emulated CPU of 2008, without AVX: it must start and tell what it has, not die of SIGILL."""
import os
import subprocess
import unittest


class OldCpu(unittest.TestCase):
    def setUp(self):
        if not os.environ["GEMMARK_QEMU"] or "NOTFOUND" in os.environ["GEMMARK_QEMU"]:
            self.skipTest("qemu-x86_64 not found (package qemu-user)")
        if "-fsanitize" in os.environ["GEMMARK_FLAGS"]:
            self.skipTest("sanitizers reserve more memory than qemu's user mode has")

    def run_it(self, *arguments):
        command = [os.environ["GEMMARK_QEMU"], "-cpu", "Nehalem", os.environ["GEMMARK"], *arguments]
        result = subprocess.run(command, capture_output=True, text=True, timeout=240)
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def test_version(self):
        self.assertIn("gemmark", self.run_it("--version"))

    def test_list_and_doctor(self):
        self.assertIn("gemm/cpu_naive", self.run_it("list"))
        self.run_it("doctor")


if __name__ == "__main__":
    unittest.main()
