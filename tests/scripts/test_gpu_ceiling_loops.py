"""The check of GPU ceilings' loops finds what a compiler may do to them, in made-up disassembly."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kernels"))
import check_gpu_ceiling_loops as check  # noqa: E402

NAME = "void gemmark::(anonymous namespace)::gpu_mma_loop<gemmark::(anonymous namespace)::Fp64, 1, 4>(int)"


def disassembly(*instructions):
    """A function of these instructions, 16 bytes each; LOOP jumps back to the second one."""
    lines = ["\t\tFunction : _Zloop"]
    for index, text in enumerate(("MOV R1, c[0x0][0x28]", *instructions, "EXIT", "BRA 0x7f0")):
        text = text.replace("LOOP", "@!P0 BRA 0x10")
        lines.append(f"        /*{index * 16:04x}*/                   {text} ;  /* 0x000a */")
        lines.append("                                                      /* 0x000fc0 */")
    return "\n".join(lines)


def complaint(*instructions):
    ((name, body),) = check.functions(disassembly(*instructions))
    assert name == "_Zloop"
    return check.complaint(NAME, body)


PRODUCT = "DMMA.16x8x16 R8, R2, R6, R8"


class Loops(unittest.TestCase):
    def test_the_whole_loop_is_fine(self):
        self.assertIsNone(complaint(*[PRODUCT] * 4, "ISETP.LE.AND P0, PT, R4, UR4, PT", "LOOP"))

    def test_a_product_was_dropped(self):
        self.assertEqual(complaint(*[PRODUCT] * 3, "LOOP"), "3 instructions in its loop instead of 4")

    def test_the_loop_is_gone(self):
        self.assertEqual(complaint(*[PRODUCT] * 4), "0 loops with its instructions instead of one")

    def test_sums_went_to_memory(self):
        self.assertEqual(complaint(*[PRODUCT] * 4, "STL.64 [R1], R8", "LOOP"), "its loop touches memory: STL.64")

    def test_other_work_is_not_counted(self):
        self.assertIn("instead", complaint(*["FFMA R1, R1, R1, R2"] * 4, "LOOP"))


if __name__ == "__main__":
    unittest.main()
