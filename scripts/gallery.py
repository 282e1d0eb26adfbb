#!/usr/bin/env python3
"""Makes everything that shows the reference runs anew: README's table and pictures, and the pages of reports/gallery/.

Run it when a file of reports/reference/ or the look of a report has changed. --check changes nothing, and says whether
the table and the pages still hold the records of the reference runs; a test runs it.
"""
import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE, GALLERY = ROOT / "reports/reference", ROOT / "reports/gallery"
SHOWN = "quick"  # the run whose page and pictures README shows
SCREEN = "1280,1500"  # what the screenshot covers, in pixels: headline and the first charts


def records(gemmark, file):
    return subprocess.run([gemmark, "export", "json", file], check=True, capture_output=True, text=True).stdout


def stale(gemmark):
    """What no longer shows the reference runs."""
    wrong = []
    for file in sorted(REFERENCE.glob("*.jsonl")):
        page = GALLERY / f"{file.stem}.html"
        if not page.exists():
            wrong.append(f"{page.relative_to(ROOT)} is missing")
        elif records(gemmark, page) != records(gemmark, file):
            wrong.append(f"{page.relative_to(ROOT)} holds other records than {file.relative_to(ROOT)}")
    wrong += [f"{page.relative_to(ROOT)} is of no reference run" for page in sorted(GALLERY.glob("*.html"))
              if not (REFERENCE / f"{page.stem}.jsonl").exists()]
    if subprocess.run([sys.executable, ROOT / "scripts/readme_table.py", "--check"], stdout=subprocess.DEVNULL).returncode != 0:
        wrong.append("README's table is stale")
    return wrong


def make(gemmark, chromium):
    GALLERY.mkdir(exist_ok=True)
    subprocess.run([sys.executable, ROOT / "scripts/readme_table.py"], check=True)
    for file in sorted(REFERENCE.glob("*.jsonl")):
        subprocess.run([gemmark, "report", file, "-o", GALLERY / f"{file.stem}.html", "--force"], check=True)
    subprocess.run([sys.executable, ROOT / "scripts/plot.py", REFERENCE / f"{SHOWN}.jsonl", "--out", GALLERY, "--format", "svg"], check=True)
    if not chromium:
        print("gallery.py: no chromium: the screenshot stays as it is", file=sys.stderr)
        return
    # A budget of virtual time lets the charts be drawn before the picture is taken.
    subprocess.run([chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SCREEN}",
                    "--virtual-time-budget=15000", f"--screenshot={GALLERY / SHOWN}.png", (GALLERY / f"{SHOWN}.html").as_uri()],
                   check=True, capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit code 1 where something is stale")
    parser.add_argument("--gemmark", type=Path, default=ROOT / "build/default/gemmark", help="the program (default: build/default/gemmark)")
    arguments = parser.parse_args()
    try:
        if not arguments.check:
            make(arguments.gemmark, shutil.which("chromium") or shutil.which("google-chrome"))
            return 0
        wrong = stale(arguments.gemmark)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"gallery.py: {error}", file=sys.stderr)
        return 2
    for line in wrong:
        print(line)
    if wrong:
        print("run scripts/gallery.py")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
