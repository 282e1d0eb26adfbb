#!/usr/bin/env python3
"""Writes the table between README's result markers from a file of record; --check only compares.

A row a problem, precision and thread count; a column a kernel. So the block is never typed, and never stale:
a test runs --check.
"""
import argparse
import difflib
import re
import sys
from pathlib import Path

from records import problem_name, read

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
NOTHING = "Nothing is recorded yet: `scripts/quickstart.sh` prints such a table for your machine."
ROLES = ["own", "vendor", "framework"]
# How a row without a figure is shown; the reason stands in the file.
SHORT = {"unsupported": "–", "unavailable": "–", "skipped": "skipped", "timeout": "timeout", "failed": "failed",
         "wrong": "**wrong**", "mistrusted": "mistrusted"}


def figure(value):
    """Three digits: 0.123, 1.23, 12.3, 123, 1230."""
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}"


def table(header, rows, right_from=1):
    lines = [header, ["---" if i < right_from else "---:" for i in range(len(header))], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(row, best):
    if row is None:
        return ""
    if row["status"] != "ok":
        return SHORT.get(row["status"], row["status"])
    if row.get("tflops") is None:
        return "–"
    text = figure(row["tflops"] * 1e3)
    if row is best:
        text = f"**{text}**"
    if row.get("stop") == "noisy":
        text = f"~{text}"
    if row.get("ceiling_fraction") is not None:
        text += f" ({row['ceiling_fraction']:.0%})"
    return text


def kernel_columns(results):
    """Kernels that have a figure somewhere: own ones first, slowest first, which is the ladder's order."""
    best = {}
    for row in results:
        if row["status"] == "ok" and row.get("tflops") is not None:
            key = (ROLES.index(row["role"]), row["kernel"])
            best[key] = max(best.get(key, 0), row["tflops"])
    return [kernel for (role, kernel), _ in sorted(best.items(), key=lambda item: (item[0][0], item[1]))]


def result_table(results):
    kernels = kernel_columns(results)
    several = {key for key in ("device", "mode", "threads") if len({row[key] for row in results}) > 1}
    groups = {}
    for row in results:
        key = (row["op"], row["comparison"], row["precision"], row["device"], row["mode"], row["threads"])
        groups.setdefault(key, {})[row["kernel"]] = row
    rows = []
    for (op, comparison, precision, device, mode, threads), found in groups.items():
        ranked = [row for row in found.values() if row["status"] == "ok" and row.get("tflops") is not None]
        if not ranked:
            continue
        best = max(ranked, key=lambda row: row["tflops"])
        extra = [str(value) for key, value in (("device", device), ("mode", mode), ("threads", threads))
                 if key in several]
        name = f"{op} {problem_name(comparison)}" if problem_name(comparison) != comparison else comparison
        rows.append([name, precision, *extra, best.get("bound") or "?",
                     *(cell(found.get(kernel), best) for kernel in kernels)])
    header = ["problem", "precision", *(key for key in ("device", "mode", "threads") if key in several), "limit",
              *(kernel.split("/")[-1] for kernel in kernels)]
    return table(header, rows, right_from=3 + len(several))


def ceiling_table(ceilings):
    best = {}
    for row in ceilings:
        what = row.get("precision") or row["name"]
        if row["kind"] == "bandwidth":
            what += f" L{row['cache_level']}" if row.get("cache_level") else " memory"
        key = (row["device"], row["kind"] == "bandwidth", what, row["threads"])
        best[key] = max(best.get(key, 0), row["value"])
    rows = [[device, what, str(threads), f"{figure(value / 1e9)} {'GB/s' if bandwidth else 'GFLOP/s'}"]
            for (device, bandwidth, what, threads), value in sorted(best.items())]
    return table(["device", "ceiling", "threads", "measured"], rows, right_from=2)


def machine_line(context):
    devices = ", ".join(f"{device['model']} ({device['id']}, {device['max_threads']} threads)"
                        for device in context["machine"]["devices"])
    libraries = []
    for name, library in sorted(context["libraries"].items()):
        if library.get("available") and library.get("version"):
            core = library.get("facts", {}).get("core")
            libraries.append(f"{name} {library['version']}" + (f" [{core}]" if core else ""))
    day = context.get("conditions", {}).get("time_utc", "")[:10]
    build = context["build"]
    return (f"{devices}; {', '.join(libraries) or 'no vendor library'}. "
            f"gemmark {build['version']}, {build['compiler']}, {day}.")


def block(path):
    if not path.exists():
        return NOTHING
    contexts, ceilings, results = read(path)
    if len({row["mode"] for row in results}) > 1:
        mode = "several modes"
    else:
        mode = f"{results[0]['mode']} mode" if results else "no rows"
    parts = [f"GFLOP/s, {mode}; in parentheses the share of the ceiling that binds. " + machine_line(contexts[0]),
             result_table(results)]
    if ceilings:
        parts.append("The ceilings of the same run:\n\n" + ceiling_table(ceilings))
    try:
        shown = path.resolve().relative_to(ROOT).as_posix()
    except ValueError:
        shown = path.name
    parts.append(f"Every sample behind it: [`{shown}`]({shown}).")
    return "\n\n".join(parts)


def replaced(text, new):
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"expected exactly one pair of {BEGIN} and {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n{new}\n{END}", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit code 1 where README is not what would be written")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("file", type=Path, nargs="?", default=ROOT / "reports/reference/quick.jsonl",
                        help="file of record (default: reports/reference/quick.jsonl)")
    arguments = parser.parse_args()
    try:
        old = arguments.readme.read_text(encoding="utf-8")
        new = replaced(old, block(arguments.file))
    except (OSError, ValueError) as error:
        print(f"readme_table.py: {error}", file=sys.stderr)
        return 2
    if not arguments.check:
        arguments.readme.write_text(new, encoding="utf-8")
        return 0
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "README.md", "as recorded"))
    if old != new:
        print("README.md is stale: run scripts/readme_table.py")
    return 0 if old == new else 1


if __name__ == "__main__":
    sys.exit(main())
