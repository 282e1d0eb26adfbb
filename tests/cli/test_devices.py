"""Where there is no GPU, or none that may be used: the program runs, says why, and fails only where one was asked
for."""
import os
import unittest

from program import TINY, ProgramTest, lines_of


FAKE_DRIVER = os.environ.get("GEMMARK_FAKE_DRIVER")


@unittest.skipUnless(FAKE_DRIVER, "built without CUDA")
class OldDriver(ProgramTest):
    OLD = {"LD_LIBRARY_PATH": FAKE_DRIVER or ""}
    REASON = r"the driver knows CUDA 11\.4 at most, and this program was built with 1\d\.\d"

    def test_is_named_with_both_versions(self):
        self.assertRegex(self.good("doctor", **self.OLD), rf"\n  cuda +not here: {self.REASON}\n")
        self.assertRegex(self.good("run", *TINY, **self.OLD), rf"\n  not here: cuda \({self.REASON}\)")

    def test_asking_for_the_gpu_is_an_error(self):
        self.assertRegex(self.refused("run", *TINY, "--require", "cuda", code=4, **self.OLD), self.REASON)


class WithoutGpu(ProgramTest):
    HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1"}

    def test_doctor_gives_the_reason(self):
        self.assertRegex(self.good("doctor", **self.HIDDEN), r"\n  cuda +not here: \w+")

    def test_a_run_measures_the_rest(self):
        out = self.good("run", "--suite", "smoke", "--ceilings", "off", "--out", "run.jsonl", **self.HIDDEN)
        self.assertRegex(out, r"\n  not here: cuda \(\w+")
        context, *lines = lines_of(self.folder / "run.jsonl")
        self.assertTrue(context["machine"]["missing_devices"]["cuda"])
        self.assertEqual({line["device"] for line in lines if line["record"] == "result"}, {"host"})
        self.assertIn("ok", {line["status"] for line in lines if line["record"] == "result"})

    def test_asking_for_it_is_an_error(self):
        for arguments in (["--device", "cuda"], ["--device", "cuda:0"], ["--require", "cuda"]):
            self.assertRegex(self.refused("run", *TINY, *arguments, code=4, **self.HIDDEN), r"(cuda.* not here|not here: cuda): \w+")

    def test_a_kernel_asked_for_by_name_is_unavailable(self):
        if "gemm/cuda_naive" not in self.good("list", "kernels", **self.HIDDEN):
            return
        out = self.good("run", *TINY, "--kernels", "cuda_naive", "--out", "run.jsonl", **self.HIDDEN)
        self.assertRegex(out, r"not run: cuda_naive \(unavailable: \w+")
        rows = [line for line in lines_of(self.folder / "run.jsonl") if line["record"] == "result"]
        self.assertEqual({(row["kernel"], row["status"]) for row in rows},
                         {("gemm/cpu_naive", "ok"), ("gemm/cuda_naive", "unavailable")})

    def test_devices_by_kind(self):
        for device in ("host", "all", "h*"):
            self.assertIn("2 rows: 2 ok", self.good("run", *TINY, "--device", device, **self.HIDDEN))


if __name__ == "__main__":
    unittest.main()
