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
INTEGERS = ("int4", "int8")
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
    measured = [row for row in results if row["kernel"] in kernels]
    # Kernels that know one thread only stand beside the others, unless the run asked for several counts.
    counts = {}
    for row in measured:
        counts.setdefault(row["kernel"], set()).add(row["threads"])
    # What nobody measured is told, unless nobody could have.
    shown = [row for row in results if row["kernel"] in kernels or SHORT.get(row["status"]) != "–"]
    axes = [axis for axis in ("device", "mode") if len({row[axis] for row in shown}) > 1]
    if any(len(found) > 1 for found in counts.values()):
        axes.append("threads")
    groups = {}
    for row in shown:
        key = (row["comparison"], row["precision"], *(row[axis] for axis in axes))
        groups.setdefault(key, {})[row["kernel"]] = row
    # Rounds are interleaved, so that the file's order is no order: comparisons as they begin, precisions together.
    seen = {comparison: index for index, comparison in enumerate(dict.fromkeys(key[0] for key in groups))}
    rows = []
    for key, found in sorted(groups.items(), key=lambda item: (seen[item[0][0]], *item[0][1:])):
        ranked = [row for row in found.values() if row["status"] == "ok" and row.get("tflops") is not None]
        told = sorted({SHORT[row["status"]] for row in found.values() if row["status"] in SHORT} - {"–"})
        if not ranked and not told:
            continue
        best = max(ranked, key=lambda row: row["tflops"], default=None)
        bound = {"bandwidth": "memory"}.get(best.get("bound"), best.get("bound") or "?") if best else ", ".join(told)
        rows.append([problem_name(key[0]), *map(str, key[1:]), bound,
                     *(cell(found.get(kernel), best) for kernel in kernels)])
    header = ["problem", "precision", *axes, "limit", *(kernel.split("/")[-1] for kernel in kernels)]
    text = table(header, rows, right_from=3 + len(axes))
    most = max(row["threads"] for row in measured)
    few = [kernel.split("/")[-1] for kernel in kernels if max(counts[kernel]) < most]
    if "threads" not in axes:
        text += f"\n\n{most} thread{'s' if most > 1 else ''}" + (f"; one for {', '.join(few)}." if few else ".")
    return text


def ceiling_table(ceilings):
    """The best of all instruction sets; a column a thread count."""
    threads = sorted({row["threads"] for row in ceilings})
    best = {}
    for row in ceilings:
        if row["kind"] == "link":
            key = (row["device"], 2, 0, row["name"].replace("_", " "), "GB/s")
        elif row["kind"] == "compute":
            precision = row.get("precision") or row["name"]
            key = (row["device"], 0, 0, precision, "GOP/s" if precision in INTEGERS else "GFLOP/s")
        else:
            stream = row["name"].removeprefix(row["backend"] + "_")
            level = row.get("cache_level") or 0
            key = (row["device"], 1, level or 99, f"{stream}, L{level}" if level else f"{stream}, memory", "GB/s")
        found = best.setdefault(key, {})
        found[row["threads"]] = max(found.get(row["threads"], 0), row["value"])
    rows = [[key[0], key[3], key[4], *(figure(found[n] / 1e9) if n in found else "" for n in threads)]
            for key, found in sorted(best.items())]
    columns = [f"{n} thread{'s' if n > 1 else ''}" for n in threads]
    return table(["device", "ceiling", "unit", *columns], rows, right_from=3)


def machine_line(context):
    devices = ", ".join(f"{device['model']} ({device['id']}, {device['max_threads']} processors)"
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
    context, ceilings, results = read(path)
    if len({row["mode"] for row in results}) > 1:
        mode = "several modes"
    else:
        mode = f"{results[0]['mode']} mode" if results else "no rows"
    whole = sorted({row["precision"] for row in results} & set(INTEGERS))
    unit = "GFLOP/s" + (f" ({' and '.join(whole)}: GOP/s)" if whole else "")
    parts = [f"{unit}, {mode}; in parentheses the share of the ceiling that binds. " + machine_line(context),
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
