#!/usr/bin/env python3
"""How far the harness's GPU times are from two others of the same calls: a profiler's, and events around a batch.

    scripts/timing_truth.py [--build build/cuda] [--ncu ncu]

For ten cases it prints gemmark's median in cold and in hot mode, ncu's gpu__time_duration of the kernels of one
call (caches flushed for cold, left alone for hot, clocks left alone), and a batch of calls behind a delay over
their number. A call of several kernels is their sum. The target: 3% from 50 µs on, 0.5 µs below.
Of a batch the gaps between its calls are part, about a microsecond each, so that it is compared from 50 µs on
only. ncu times calls one by one on a cool chip: where a second of calls makes it throttle, hot figures must lie
above ncu's and agree with the batch, which lasts as long.
Exit code 0, or 4 where there is no GPU; where ncu is missing or does not work here, it says so and goes on without.
"""
import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

LONG_S = 50e-6
MARKER = "truth_marker"
NANOSECONDS = {"nsecond": 1, "ns": 1, "usecond": 1e3, "us": 1e3, "msecond": 1e6, "ms": 1e6, "second": 1e9, "s": 1e9}


def calls_of(text):
    """Seconds of every call in ncu's CSV, in order: what lies between two markers belongs to one call."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith('"ID"')), None)
    if start is None:
        return []
    calls = []
    for row in csv.DictReader(lines[start:]):
        if MARKER in row["Kernel Name"]:
            calls.append(0.0)
        elif calls:
            value = float(row["Metric Value"].replace(",", ""))
            calls[-1] += value * NANOSECONDS[row["Metric Unit"]] * 1e-9
    return calls


def profiled(ncu, program, cache_control, cases):
    """A median for every case, or why there is none."""
    command = [ncu, "--profile-from-start", "off", "--clock-control", "none", "--cache-control", cache_control,
               "--metrics", "gpu__time_duration.sum", "--csv", str(program), "calls"]
    done = subprocess.run(command, capture_output=True, text=True)
    calls = calls_of(done.stdout)
    if not cases or not calls or len(calls) % cases:
        said = [line for line in (done.stdout + done.stderr).splitlines() if "==" in line]
        return None, f"ncu does not work here (exit code {done.returncode}): {said[-1] if said else 'no output'}"
    each = len(calls) // cases
    return [statistics.median(calls[i * each:(i + 1) * each]) for i in range(cases)], ""


def disagreement(ours, theirs):
    if theirs is None:
        return "-"
    return f"{100 * (ours / theirs - 1):+.1f}%" if theirs >= LONG_S else f"{1e6 * (ours - theirs):+.2f} us"


def worst(pairs):
    long = [abs(ours / theirs - 1) for ours, theirs in pairs if theirs is not None and theirs >= LONG_S]
    short = [abs(ours - theirs) for ours, theirs in pairs if theirs is not None and theirs < LONG_S]
    said = [f"{100 * max(long):.1f}% from 50 us on"] if long else []
    return ", ".join(said + ([f"{1e6 * max(short):.2f} us below"] if short else []))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build/cuda"))
    parser.add_argument("--ncu", default="ncu")
    arguments = parser.parse_args()
    program = arguments.build / "tests" / "timing_truth"
    measured = subprocess.run([program, "measure"], stdout=subprocess.PIPE, text=True)
    if measured.returncode:
        return measured.returncode
    cases = [json.loads(line) for line in measured.stdout.splitlines()]
    for case in cases:
        if "why" in case:
            print(f"left out: {case['kernel']}, {case['problem']}: {case['why']}")
    cases = [case for case in cases if "why" not in case]

    if shutil.which(arguments.ncu):
        runs = {mode: profiled(arguments.ncu, program, control, len(cases))
                for mode, control in (("cold", "all"), ("hot", "none"))}
    else:
        runs = dict.fromkeys(("cold", "hot"), (None, f"{arguments.ncu}: not found"))
    for mode in ("cold", "hot"):
        times, why = runs[mode]
        print(f"\n{mode}" + (f"  ({why})" if why else ""))
        print(f"{'problem':<42} {'kernel':<27} {'gemmark':>11} {'ncu':>11} {'':>9} {'batch':>11}")
        pairs, batches = [], []
        for index, case in enumerate(cases):
            ours, batch = case[f"{mode}_s"], case[f"batch_{mode}_s"]
            ncu = times[index] if times else None
            pairs.append((ours, ncu))
            if batch >= LONG_S:
                batches.append((ours, batch))
            shown = f"{1e6 * ncu:8.2f} us" if ncu else "-"
            line = (f"{case['problem'].removeprefix('gemm '):<42} {case['kernel'].removeprefix('gemm/'):<27} "
                    f"{1e6 * ours:8.2f} us {shown:>11} {disagreement(ours, ncu):>9} {1e6 * batch:8.2f} us "
                    f"{disagreement(ours, batch) if batch >= LONG_S else '':>9}")
            print(line.rstrip())
        print(f"worst against ncu: {worst(pairs) or '-'}; against a batch: {worst(batches) or '-'}")
    print(f"\nbias that cold figures are corrected by: {1e6 * cases[0]['cold_bias_s']:.2f} us" if cases else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
