#!/usr/bin/env python3
"""Checks in the disassembly that every compute ceiling's loop on a GPU does what it is counted for.

Each kernel gpu_<something>_loop<..., count> must contain exactly one loop with arithmetic of its kind in it,
exactly `count` instructions of it, and none that touches memory. Code for sm_90a: elsewhere WMMA compiles to other counts.

Usage: check_gpu_ceiling_loops.py <object file>...
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

from check_ceiling_loops import innermost_loops

# Kernel -> the instructions that are counted. Hopper emulates products of 4-bit integers by a function.
LOOPS = {
    "gpu_fma_loop": re.compile(r"^[FDH]FMA2?\b"),
    "gpu_mma_loop": re.compile(r"^[HID]MMA\b|^CALL\b"),
    "gpu_wgmma_loop": re.compile(r"^[HIQ]GMMA\b"),
}
MEMORY = re.compile(r"^(LD|ST|ATOM|RED|CCTL|UBLK|UTMA)")
HEADER = re.compile(r"Function : (?P<name>\S+)")
LINE = re.compile(r"^\s+/\*(?P<address>[0-9a-f]{4,})\*/\s+(?:@!?U?P\w+ )?(?P<mnemonic>\S+)\s*(?P<operands>[^;]*);")


def functions(cuobjdump_output):
    """(mangled name, [(address, mnemonic, operands)]) with jumps spelled as innermost_loops() expects them."""
    name, body = None, []
    for line in cuobjdump_output.splitlines():
        if header := HEADER.search(line):
            if name:
                yield name, body
            name, body = header["name"], []
        elif name and (found := LINE.match(line)):
            mnemonic, operands = found["mnemonic"], found["operands"]
            target = re.search(r"0x([0-9a-f]+)", operands)
            if mnemonic.startswith("BRA") and target:
                mnemonic, operands = "jump", target[1] + " "
            body.append((int(found["address"], 16), mnemonic, operands))
    if name:
        yield name, body


def complaint(name, body):
    """What is wrong with a kernel's body, None where nothing is. `name` is demangled."""
    kind = next(kind for kind in LOOPS if f"{kind}<" in name)
    count = int(re.findall(r"(\d+)>\(", name)[-1])
    # A function's last instruction jumps to itself.
    loops = [loop for loop in innermost_loops(body) if len(loop) > 1]
    busy = [loop for loop in loops if any(LOOPS[kind].match(step[1]) for step in loop)]
    if len(busy) != 1:
        return f"{len(busy)} loops with its instructions instead of one"
    found = sum(1 for step in busy[0] if LOOPS[kind].match(step[1]))
    if found != count:
        return f"{found} instructions in its loop instead of {count}"
    touching = [step[1] for step in busy[0] if MEMORY.match(step[1])]
    return f"its loop touches memory: {', '.join(sorted(set(touching)))}" if touching else None


def demangled(names):
    text = subprocess.run(["c++filt"], input="\n".join(names), check=True, capture_output=True, text=True).stdout
    return text.splitlines()


def main(objects):
    tool = shutil.which("cuobjdump") or shutil.which("/usr/local/cuda/bin/cuobjdump")
    if tool is None:
        print("SKIPPED: there is no cuobjdump (part of the CUDA toolkit)")
        return 0
    checked, bad = 0, 0
    for path in map(Path, objects):
        text = subprocess.run([tool, "-sass", "-arch", "sm_90a", str(path)], check=True, capture_output=True, text=True).stdout
        bodies = list(functions(text))
        for name, (_, body) in zip(demangled([name for name, _ in bodies]), bodies):
            if not any(f"{kind}<" in name for kind in LOOPS):
                continue
            checked += 1
            if wrong := complaint(name, body):
                bad += 1
                print(f"{path.name}: {name}: {wrong}")
    print(f"{checked} loops checked, {bad} wrong")
    return 1 if bad or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
