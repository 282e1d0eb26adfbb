#!/usr/bin/env python3
"""Draws the main pictures of a file of record with matplotlib, as SVG and PNG: performance by size, roofline,
the steps of the ladder, and own kernels over vendor libraries with intervals.

The same records give the same SVG with the same matplotlib. A picture without data is not drawn, and that is said.
"""
import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

from records import one_run, problem_name, read

try:
    import matplotlib
    import pandas
except ImportError as error:
    sys.exit(f"plot.py: {error.name} is not installed (packages python3-pandas, python3-matplotlib)")
matplotlib.use("Agg")
import matplotlib.pyplot as plot  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: E402

PRECISIONS = ["fp64", "fp32", "tf32", "fp16", "fp16acc16", "bf16", "fp8", "fp8e5m2", "int8", "int4", "w4a16", "w8a16"]
# The colours of the page: reports/page/colours.js.
BACKENDS = {"cpu": "#80858d", "avx2": "#2f8f9d", "avx512": "#1f5fa8", "amx": "#3d4fb5", "openblas": "#d0661f", "blis": "#a57d1c",
            "onednn": "#b8326a", "cuda": "#3b8a3f", "wmma": "#8a8a12", "mma": "#12857a", "wgmma": "#7b2fa8", "cublas": "#c23b2c",
            "cublaslt": "#a3336f", "cudnn": "#6f5a1e"}
PRECISION_COLOURS = {"fp64": "#6b6f76", "fp32": "#1f5fa8", "tf32": "#1d8a99", "fp16": "#3b8a3f", "fp16acc16": "#8a8a12", "bf16": "#d0661f",
                     "fp8": "#b8326a", "fp8e5m2": "#7d2f5c", "int8": "#5b45a8", "int4": "#3f7d8c", "w4a16": "#7a5230", "w8a16": "#a57d1c"}
INTEGERS = ("int8", "int4")
MARKERS = {True: "os^vDP", False: "DPs"}  # of own kernels, and of libraries
FOREST_ENDS = 30  # rows from either end where there are too many to read
INK, SOFT, RULE = "#1b1c1e", "#5c6066", "#dcdcd6"
STYLE = {"font.family": "DejaVu Sans", "font.size": 9, "axes.edgecolor": RULE, "axes.labelcolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT,
         "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True, "grid.color": RULE, "grid.linewidth": 0.6,
         "axes.titlelocation": "left", "axes.titlesize": 10, "axes.titleweight": "bold", "legend.frameon": False, "figure.facecolor": "#fdfdfb",
         "axes.facecolor": "#fdfdfb", "svg.hashsalt": "gemmark", "svg.fonttype": "none", "lines.linewidth": 1.4, "lines.markersize": 4.5}


def frame(results):
    """What can be drawn, one row a record."""
    rows = [row for row in results if row["status"] == "ok" and row.get("tflops")]
    table = pandas.DataFrame(rows)
    if table.empty:
        return table
    sizes = table["comparison"].str.extract(r"^gemm m=(\d+) n=(\d+) k=(\d+)(?!.*batch=)").astype(float)
    table["size"] = sizes[0].where((sizes[0] == sizes[1]) & (sizes[1] == sizes[2]))
    table["short"] = table["kernel"].str.split("/").str[-1]
    table["rank"] = table["precision"].map({name: at for at, name in enumerate(PRECISIONS)}).fillna(len(PRECISIONS))
    table["low_s"], table["high_s"] = (table["ci95_s"].map(lambda pair, at=at: pair[at] if pair else None) for at in (0, 1))
    # Kernels that know one thread only stand in the comparisons of all threads.
    table["asked"] = table.groupby(["device", "comparison", "mode"])["threads"].transform("max")
    return table


def ceiling(ceilings, device, threads, precision=None):
    """The best measured limit in FLOP/s, or B/s of memory where no precision is given; None where there is none."""
    fitting = [c for c in ceilings if c["device"] == device and (c["kind"] == "compute" and c["precision"] == precision if precision
                                                                 else c["kind"] == "bandwidth" and not c["cache_level"])]
    same = [c for c in fitting if c["threads"] == threads] or fitting
    return max((c["value"] for c in same), default=None)


def binding(rows):
    """The limit in TFLOP/s that binds one problem and its name, as the shares of rows with all of the threads say it; or None."""
    limits = [(row["tflops"] / row["ceiling_fraction"], {"bandwidth": "memory"}.get(row["bound"], row["bound"]))
              for _, row in rows.iterrows() if row["threads"] == row["asked"] and (row["ceiling_fraction"] or 0) > 0]
    return max(limits, default=None)


def unit(largest_tflops, precision):
    """The factor to TFLOP/s and the name of the unit in which that rate reads well; integers have no floating point."""
    name = "OP/s" if precision in INTEGERS else "FLOP/s"
    scale, prefix = (1e-3, "P") if largest_tflops >= 1000 else (1, "T") if largest_tflops >= 1 else (1e3, "G")
    return scale, prefix + name


def panels(count, width, height):
    """A grid of that many axes, at most four in a row; those that are left over are not drawn."""
    columns = min(4, count)
    figure, axes = plot.subplots(-(-count // columns), columns, figsize=(width * columns, height * -(-count // columns)), squeeze=False)
    for axis in axes.flat[count:]:
        axis.set_axis_off()
    return figure, list(axes.flat[:count])


def looks(table):
    """How each kernel is drawn: a colour a backend, a marker and a strength a kernel of it, the fastest first."""
    found = {}
    for backend, some in table.groupby("backend"):
        best = some.groupby("short")["tflops"].max().sort_values(ascending=False)
        for rank, kernel in enumerate(best.index):
            own = some["role"].iloc[0] == "own"
            found[kernel] = {"color": BACKENDS.get(backend, SOFT), "linestyle": "-" if own else (0, (4, 2)), "label": kernel,
                             "marker": MARKERS[own][rank % len(MARKERS[own])], "alpha": max(0.5, 1 - 0.12 * rank)}
    return found


def place_of(device, threads, mode):
    return ", ".join([device, *([f"{threads} thread{'s' if threads > 1 else ''}"] if device == "host" else []), mode])


def performance(table, ceilings):
    squares = table[table["size"].notna()]
    groups = [(key, some) for key, some in squares.groupby(["rank", "precision", "device", "asked", "mode"]) if some["size"].nunique() > 1]
    if not groups:
        return "needs square problems in at least two sizes"
    styles = looks(table)
    figure, axes = panels(len(groups), 4.4, 3.6)
    for axis, ((_, precision, device, threads, mode), some) in zip(axes, groups):
        limit = ceiling(ceilings, device, threads, precision)
        scale, name = unit(max(some["tflops"].max(), (limit or 0) / 1e12), precision)
        for kernel, line in sorted(some.groupby("short"), key=lambda item: -item[1]["tflops"].max()):
            line = line.sort_values("size")
            style = styles[kernel]
            axis.plot(line["size"], line["tflops"] * scale, **style)
            axis.vlines(line["size"], line["flops"] / line["high_s"] / 1e12 * scale, line["flops"] / line["low_s"] / 1e12 * scale, color=style["color"], linewidth=1)
        axis.set_xscale("log", base=2)
        ticks = sorted({2 ** round(math.log2(size)) for size in some["size"]})
        axis.xaxis.set_major_locator(FixedLocator(ticks))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
        axis.set_ylim(0, limit / 1e12 * scale if limit else None)
        axis.grid(axis="x", visible=False)
        if limit:
            axis.axhline(limit / 1e12 * scale, color=INK, linewidth=1.5, clip_on=False)
            axis.annotate(f"measured compute limit {limit / 1e12 * scale:.3g}", (1, 1), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points",
                          ha="right", fontsize=8, color=INK)
        axis.set_title(f"{precision}, {place_of(device, threads, mode)}", pad=16)
        axis.set_ylabel(name)
        axis.set_xlabel("m = n = k")
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels())}
    # Below the panels, in rows that their width holds.
    across = max(2, min(8, round(figure.get_figwidth() / 2.2)))
    inches = 0.18 * (-(-len(handles) // across)) + 0.12
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncol=min(across, len(handles)), fontsize=8)
    figure.tight_layout(rect=(0, inches / figure.get_figheight(), 1, 1))
    return figure


def joined(peaks):
    """Peaks so near each other that their labels would touch, together: [names], the highest value."""
    groups = []
    for precision, peak in sorted(peaks.items(), key=lambda item: -item[1]):
        if groups and groups[-1][1] / peak < 1.35:
            groups[-1][0].append(precision)
        else:
            groups.append(([precision], peak))
    return groups


def roofline(table, ceilings):
    groups = list(table.groupby(["device", "asked", "mode"]))
    figure, axes = panels(len(groups), 7.4, 4.2)
    for axis, ((device, threads, mode), some) in zip(axes, groups):
        intensity = some["flops"] / some["bytes"]
        memory = ceiling(ceilings, device, threads)
        peaks = {precision: ceiling(ceilings, device, threads, precision) for precision in PRECISIONS if precision in set(some["precision"])}
        ridges = [peak / memory for peak in peaks.values() if peak and memory]
        left, right = min([*intensity, *ridges]) / 2, max([*intensity, *ridges]) * 2
        for role, marker in (("own", "o"), ("vendor", "D")):
            for precision, points in some[some["role"] == role].groupby("precision"):
                axis.scatter(intensity[points.index], points["tflops"] * 1e12, s=14, marker=marker, color=PRECISION_COLOURS.get(precision, SOFT), alpha=0.75,
                             linewidths=0)
        drawn = {precision: peak for precision, peak in peaks.items() if peak}
        for precision, peak in drawn.items():
            axis.plot([peak / memory if memory else left, right], [peak, peak], color=PRECISION_COLOURS.get(precision, SOFT))
        for precisions, peak in joined(drawn):
            figures = [f"{precision} {drawn[precision] / 1e12 * unit(peak / 1e12, precision)[0]:.3g}" for precision in precisions]
            names = list(dict.fromkeys(unit(peak / 1e12, precision)[1] for precision in precisions))
            axis.annotate(f" {', '.join(figures)} {'/'.join(names)}", (right, peak), va="center", fontsize=8, color=INK, annotation_clip=False)
        axis.set_xscale("log")
        axis.set_yscale("log")
        if memory:
            top = max([peak for peak in peaks.values() if peak], default=memory * right)
            axis.plot([left, top / memory], [left * memory, top], color=INK, label=f"memory {memory / 1e9:.0f} GB/s")
            axis.legend(loc="upper left", fontsize=8)
        axis.set_xlim(left, right)
        axis.set_title(place_of(device, threads, mode))
        axis.set_xlabel("intensity, operations per byte that must move")
        axis.set_ylabel("FLOP/s, of integers OP/s")
    figure.tight_layout()
    return figure


def steps(table, _ceilings):
    groups = []
    for key, some in table.groupby(["rank", "precision", "device", "mode"]):
        own = some[some["role"] == "own"]
        if own.empty:
            continue
        # The problem on which most steps were measured; the largest of them.
        counts = own.groupby("comparison").agg(steps=("short", "nunique"), flops=("flops", "max")).sort_values(["steps", "flops"])
        if counts["steps"].iloc[-1] > 1:
            groups.append((key, some[some["comparison"] == counts.index[-1]]))
    if not groups:
        return "needs at least two own kernels on one problem"
    figure, axes = panels(len(groups), 4.4, 3.2)
    for axis, ((_, precision, device, mode), some) in zip(axes, groups):
        best = some.sort_values("tflops").drop_duplicates("short", keep="last").sort_values(["role", "tflops"])
        limit, word = binding(best) or (None, None)
        scale, name = unit(max(best["tflops"].max(), limit or 0), precision)
        before = None
        for at, (_, row) in enumerate(best.iterrows()):
            own = row["role"] == "own"
            colour = BACKENDS.get(row["backend"], SOFT)
            axis.barh(at, row["tflops"] * scale, color=colour if own else "none", edgecolor=colour, linestyle="-" if own else "--", height=0.7)
            text = f" {row['tflops'] * scale:.3g}" + (f" · {row['tflops'] / before:.2f}×" if own and before else "")
            inside = row["tflops"] > 0.55 * (limit or best["tflops"].max())
            axis.text(row["tflops"] * scale, at, text + " " * inside, va="center", ha="right" if inside else "left", fontsize=8,
                      color="#fdfdfb" if inside and own else INK)
            before = row["tflops"] if own else before
        axis.set_yticks(range(len(best)), best["short"])
        axis.invert_yaxis()
        axis.grid(axis="y", visible=False)
        if limit:
            axis.set_xlim(0, limit * scale)
            axis.axvline(limit * scale, color=INK, linewidth=1.5, clip_on=False)
        axis.set_title(f"{precision}, {device}\n{problem_name(best['comparison'].iloc[0])}")
        axis.set_xlabel(f"{name}; the right edge is the measured {word} limit" if limit else name)
    figure.tight_layout()
    return figure


def forest(table, _ceilings):
    rows = []
    for _, some in table.groupby(["comparison", "precision", "device", "asked", "mode"]):
        own, vendor = (some[some["role"] == role].sort_values("median_s") for role in ("own", "vendor"))
        if len(own) and len(vendor):
            a, b = own.iloc[0], vendor.iloc[0]
            rows.append({"label": f"{a['precision']} {problem_name(a['comparison'])}", "ratio": b["median_s"] / a["median_s"], "backend": a["backend"],
                         # As reports/ratio.cpp joins two intervals on the log scale.
                         "interval": interval(b, a)})
    if not rows:
        return "needs a comparison with an own and a vendor kernel"
    rows.sort(key=lambda row: row["ratio"])
    between = len(rows) - 2 * FOREST_ENDS
    if between > 0:
        gap = {"label": f"… {between} between them", "ratio": None}
        rows = [*rows[:FOREST_ENDS], gap, *rows[-FOREST_ENDS:]]
    figure, axis = plot.subplots(figsize=(7.5, 1 + 0.24 * len(rows)))
    for at, row in enumerate(rows):
        if row["ratio"] is None:
            continue
        colour = BACKENDS.get(row["backend"], SOFT)
        if row["interval"]:
            axis.hlines(at, *row["interval"], color=colour, linewidth=2)
        axis.plot(row["ratio"], at, "o", color=colour, markerfacecolor=colour if row["interval"] else "#fdfdfb")
    axis.set_yticks(range(len(rows)), [row["label"] for row in rows], fontsize=8)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.3, 1.6, 2, 3, 5, 10]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.axvline(1, color=INK, linewidth=1.2)
    axis.grid(axis="y", visible=False)
    axis.set_xlabel("speed-up of the best own kernel over the best vendor library (×), 95% interval")
    figure.tight_layout()
    return figure


def interval(base, row):
    if not base["ci95_s"] or not row["ci95_s"]:
        return None
    centre = math.log(base["median_s"] / row["median_s"])
    down = math.hypot(math.log(base["ci95_s"][0] / base["median_s"]), math.log(row["ci95_s"][1] / row["median_s"]))
    up = math.hypot(math.log(base["ci95_s"][1] / base["median_s"]), math.log(row["ci95_s"][0] / row["median_s"]))
    return math.exp(centre - down), math.exp(centre + up)


PICTURES = {"performance": performance, "roofline": roofline, "steps": steps, "forest": forest}


def records_of(path, gemmark):
    """A page or a document is read through `gemmark export`; JSON Lines as they are."""
    if path.suffix in (".html", ".json"):
        runs = json.loads(path.read_text() if path.suffix == ".json" else
                          subprocess.run([gemmark, "export", "json", path], check=True, capture_output=True, text=True).stdout)["runs"]
        one_run(path, len(runs))
        return runs[0]["ceilings"], runs[0]["results"]
    return read(path)[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="file of record (.jsonl), gemmark export's .json, or a page of gemmark report")
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the pictures (default: this one)")
    parser.add_argument("--only", choices=PICTURES, action="append", help="this picture; may be given again")
    parser.add_argument("--format", choices=("svg", "png"), action="append", help="default: both")
    parser.add_argument("--gemmark", default="gemmark", help="the program that reads a page (default: gemmark on PATH)")
    arguments = parser.parse_args()
    try:
        ceilings, results = records_of(arguments.file, arguments.gemmark)
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        print(f"plot.py: {error}", file=sys.stderr)
        return 2
    table = frame(results)
    arguments.out.mkdir(parents=True, exist_ok=True)
    plot.rcParams.update(STYLE)
    for name in arguments.only or PICTURES:
        figure = "nothing was measured" if table.empty else PICTURES[name](table, ceilings)
        if isinstance(figure, str):
            print(f"{name}: not drawn: {figure}")
            continue
        for kind in arguments.format or ("svg", "png"):
            file = arguments.out / f"{arguments.file.stem}-{name}.{kind}"
            figure.savefig(file, dpi=110, metadata={"Date": None} if kind == "svg" else {"Software": None})
            print(file)
        plot.close(figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
