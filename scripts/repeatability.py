#!/usr/bin/env python3
"""Says how well two runs of one suite agree on the ratios of kernels.

The median of a kernel drifts with the machine's clock; the ratio of two kernels that were sampled in interleaved
rounds should not. For each comparison (problem, precision, device, threads, mode) the ratio of every two kernels
is taken in both runs. The goal: it differs by at most 1.5% for 9 comparisons out of 10.
"""
import argparse
import itertools
import sys

from records import problem_name, read

KEY = ("comparison", "precision", "device", "threads", "mode")
JUDGES = {
    "worst": "the two kernels that differ most",
    "leaders": "our best kernel and the best vendor kernel",
    "pairs": "every two kernels, each pair counted",
}


def medians(path):
    """{comparison: {kernel: row}} of what was measured and verified."""
    found = {}
    for row in read(path)[2]:
        if row["status"] == "ok" and row.get("median_s"):
            found.setdefault(tuple(row[key] for key in KEY), {})[row["kernel"]] = row
    return found


def difference(first, second, a, b):
    """By how much the ratio of kernels a and b differs between the runs; 0.01 is 1%."""
    one = first[a]["median_s"] / first[b]["median_s"]
    two = second[a]["median_s"] / second[b]["median_s"]
    return max(one, two) / min(one, two) - 1


def leaders(rows, kernels):
    """The fastest own and the fastest vendor kernel of the first run, or None."""
    best = {}
    for kernel in kernels:
        role = rows[kernel]["role"]
        if role not in best or rows[kernel]["median_s"] < rows[best[role]]["median_s"]:
            best[role] = kernel
    return (best["own"], best["vendor"]) if {"own", "vendor"} <= best.keys() else None


def compare(first, second):
    """One dictionary a comparison that both runs hold with at least two kernels."""
    rows = []
    for key in first.keys() & second.keys():
        kernels = sorted(first[key].keys() & second[key].keys())
        pairs = {pair: difference(first[key], second[key], *pair) for pair in itertools.combinations(kernels, 2)}
        if not pairs:
            continue
        worst = max(pairs, key=pairs.get)
        lead = leaders(first[key], kernels)
        rows.append({"key": key, "pairs": pairs, "worst": worst, "worst_difference": pairs[worst], "lead": lead,
                     "lead_difference": difference(first[key], second[key], *lead) if lead else None})
    return sorted(rows, key=lambda row: -row["worst_difference"])


def differences(rows, judge):
    if judge == "worst":
        return [row["worst_difference"] for row in rows]
    if judge == "leaders":
        return [row["lead_difference"] for row in rows if row["lead"]]
    return [value for row in rows for value in row["pairs"].values()]


def share(values, limit):
    return sum(value <= limit for value in values) / len(values)


def short(kernel):
    return kernel.split("/")[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", help="file of record")
    parser.add_argument("second", help="another run of the same suite")
    parser.add_argument("--limit", type=float, default=1.5, help="percent that a ratio may differ (default: 1.5)")
    parser.add_argument("--share", type=float, default=90, help="percent of cases that must hold it (default: 90)")
    parser.add_argument("--judge", choices=JUDGES, default="worst",
                        help="; ".join(f"{name}: {what}" for name, what in JUDGES.items()))
    arguments = parser.parse_args()
    try:
        rows = compare(medians(arguments.first), medians(arguments.second))
    except (OSError, ValueError, KeyError) as error:
        print(f"repeatability.py: {error}", file=sys.stderr)
        return 2
    if not differences(rows, arguments.judge):
        print(f"repeatability.py: the runs share no comparison that has {JUDGES[arguments.judge]}", file=sys.stderr)
        return 2

    for row in rows:
        comparison, precision, device, threads, mode = row["key"]
        text = f"{problem_name(comparison)} {precision} {device} {threads}t {mode}: "
        text += f"{short(row['worst'][0])} / {short(row['worst'][1])} {row['worst_difference']:.2%}"
        if row["lead"]:
            text += f"; leaders {short(row['lead'][0])} / {short(row['lead'][1])} {row['lead_difference']:.2%}"
        print(text)
    print()
    for judge, what in JUDGES.items():
        values = sorted(differences(rows, judge))
        if values:
            print(f"{share(values, arguments.limit / 100):6.1%} of {len(values):4} within {arguments.limit}%: {what} "
                  f"(median {values[len(values) // 2]:.2%}, largest {values[-1]:.2%})")
    reached = share(differences(rows, arguments.judge), arguments.limit / 100) * 100 >= arguments.share
    print(f"{'holds' if reached else 'MISSED'}: {arguments.share:g}% judged by {JUDGES[arguments.judge]}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
