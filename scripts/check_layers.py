#!/usr/bin/env python3
"""Enforces the law of includes: kernels/api <- kernels; kernels/api <- harness <- reports <- bench; tests see all.

The harness knows no concrete kernel, and a kernel knows nothing that measures it. Prints every violation with
its place and the law it breaks; exit code 1 if there is one.
"""
import argparse
import re
import sys
from pathlib import Path

# What a layer may include of the project. The longest prefix that fits a path is its layer.
LAWS = {
    "kernels/api": ["kernels/api"],
    "kernels": ["kernels"],
    "harness": ["kernels/api", "harness"],
    "reports": ["kernels/api", "harness", "reports"],
    "bench": ["kernels/api", "harness", "reports", "bench"],
    "tests": ["kernels", "harness", "reports", "bench", "tests"],
}
# Kernels compute and nothing else: no clock and no printing. Probes and devices may need both.
COMPUTING = ("kernels/gemm/", "kernels/conv/", "kernels/attention/", "kernels/reference/", "kernels/ceiling/")
NOT_FOR_COMPUTING = {"chrono", "ctime", "time.h", "sys/time.h", "iostream", "print"}

SOURCES = {".hpp", ".cpp", ".h", ".cu", ".cuh"}
TOP = {law.split("/")[0] for law in LAWS}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(path):
    fitting = [law for law in LAWS if path == law or path.startswith(law + "/")]
    return max(fitting, key=len, default=None)


def includes(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1], found[2]


def violation(path, root, quote, included):
    """What is wrong with `path` including `included`, or None."""
    if path.startswith(COMPUTING) and included in NOT_FOR_COMPUTING:
        return f"includes <{included}>: a kernel has no clock and prints nothing"
    if included.split("/")[0] not in TOP:
        beside = (root / path).parent / included
        if quote == '"' and beside.exists():
            return f'includes "{included}": write it from the root of the project'
        return None
    layer, other = layer_of(path), layer_of(included)
    if other is None or other in LAWS[layer] or other.split("/")[0] in LAWS[layer]:
        return None
    return f"includes {included}: {layer} may include {', '.join(LAWS[layer])} only"


def check(root):
    problems = []
    files = 0
    for top in sorted(TOP | {"scripts"}):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SOURCES:
                continue
            path = file.relative_to(root).as_posix()
            if top == "scripts":
                problems.append(f"{path}: scripts see only the JSON files; C++ belongs into another folder")
                continue
            files += 1
            for number, quote, included in includes(file):
                wrong = violation(path, root, quote, included)
                if wrong:
                    problems.append(f"{path}:{number}: {wrong}")
    return files, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    files, problems = check(root)
    for problem in problems:
        print(problem)
    if files == 0:
        print(f"{root}: holds no source files")
        return 1
    print(f"{files} files, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
