#!/usr/bin/env python3
"""Checks in the disassembly that every compute ceiling's loop does what it is counted for.

A compiler that drops or folds part of a loop makes the ceiling read too high. Each function named
<something>_loop<..., chains> must contain one innermost loop (a jump back) with exactly `chains` of its
arithmetic instructions, working on registers only.

Usage: check_ceiling_loops.py <object file>...
"""
import re
import subprocess
import sys

# Function name -> the instruction that is counted. Chains: the template's last number, or fixed.
LOOPS = {
    "fma_loop": re.compile(r"^vfmadd\d+p[sd]$|^mulp[sd]$|^fmla$|^fmul$"),
    "dot_bf16_loop": re.compile(r"^vdpbf16ps$"),
    "dot_int8_loop": re.compile(r"^vpdpbusd$"),
    "tile_loop": re.compile(r"^tdp(bf16ps|bssd)$"),
}
FIXED_CHAINS = {"tile_loop": 6}

HEADER = re.compile(r"^[0-9a-f]+ <(?P<name>.*)>:$")
LINE = re.compile(r"^\s*(?P<address>[0-9a-f]+):\s+(?P<mnemonic>\S+)\s*(?P<operands>.*)$")


def functions(objdump_output):
    name, body = None, []
    for line in objdump_output.splitlines():
        header = HEADER.match(line)
        if header:
            if name:
                yield name, body
            name, body = header["name"], []
        elif name and (found := LINE.match(line)):
            body.append((int(found["address"], 16), found["mnemonic"], found["operands"]))
    if name:
        yield name, body


def innermost_loops(body):
    """Bodies of backward jumps that contain no other backward jump."""
    spans = []
    for address, mnemonic, operands in body:
        target = re.match(r"([0-9a-f]+) ", operands)
        if mnemonic.startswith("j") and target and int(target[1], 16) <= address:
            spans.append((int(target[1], 16), address))
    for first, last in spans:
        if not any(other != (first, last) and first <= other[0] and other[1] <= last for other in spans):
            yield [step for step in body if first <= step[0] <= last]


def complaint(name, body):
    """What is wrong with the function, None where nothing is, or where it is no ceiling's loop."""
    kind = next((kind for kind in LOOPS if re.search(rf"\b{kind}<", name)), None)
    if kind is None or ".cold" in name:
        return None
    chains = FIXED_CHAINS.get(kind) or int(re.findall(r"(\d+)>\(", name)[-1])
    counts = []
    for loop in innermost_loops(body):
        counted = [step for step in loop if LOOPS[kind].match(step[1])]
        if any("(" in operands for _, _, operands in counted):
            return "an instruction reads memory"
        counts.append(len(counted))
    if counts.count(chains) != 1 or any(count not in (0, chains) for count in counts):
        return f"{counts} instructions in its loops instead of {chains} in one"
    return None


def main(objects):
    checked, bad = 0, 0
    for path in objects:
        text = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", path], check=True, capture_output=True,
                              text=True).stdout
        for name, body in functions(text):
            if any(re.search(rf"\b{kind}<", name) for kind in LOOPS) and ".cold" not in name:
                checked += 1
            wrong = complaint(name, body)
            if wrong:
                bad += 1
                print(f"{path}: {name}: {wrong}")
    print(f"{checked} loops checked, {bad} wrong")
    # Finding none at all means that the loops were inlined or renamed: then nothing is checked any more.
    return 1 if bad or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
