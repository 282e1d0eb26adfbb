"""What the tests of the page share: pages of synthetic records, and the one browser that shows them."""
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import synthetic
from browser import browser, missing

PROGRAM = os.environ["GEMMARK"]
WHY_NOT = missing()
if os.environ.get("GEMMARK_VEGA", "here").endswith("NOTFOUND"):
    WHY_NOT = "gemmark was built without Vega (package libjs-vega)"
# What a run of synthetic records gives every chart its rows with.
FULL = 700
CHARTS = ["performance", "roofline", "steps", "precision", "forest", "batch", "crossover", "instruments"]


class Shared:
    """The browser, from the module's set-up on."""
    one = None

    def __getattr__(self, name):
        return getattr(self.one, name)


BROWSER = Shared()
FOLDER = Path(tempfile.mkdtemp(prefix="gemmark-page-"))


def setUpModule():
    unittest.addModuleCleanup(shutil.rmtree, FOLDER)
    if not WHY_NOT:
        BROWSER.one = unittest.enterModuleContext(browser(FOLDER))


def page(name, *runs, options=()):
    """The page of these runs (lists of lines); made once."""
    file = FOLDER / f"{name}.html"
    if not file.exists():
        files = [FOLDER / f"{name}{'-head' * i}.jsonl" for i in range(len(runs))]
        for path, lines in zip(files, runs):
            path.write_text(synthetic.text(lines), encoding="utf-8")
        began = time.monotonic()
        subprocess.run([PROGRAM, "report", *options, *files, "-o", file], check=True, capture_output=True, timeout=120)
        print(f"{name}: built in {time.monotonic() - began:.2f} s, {file.stat().st_size / 1e6:.2f} MB")
    return file


def full():
    return page("full", synthetic.run(FULL))


def column(title):
    """The cells of that column of the table of records."""
    return BROWSER.js("""const heads = [...document.querySelectorAll('#table thead th')].map(th => th.textContent);
        return [...document.querySelectorAll('#table tbody tr:not(.detail)')].map(tr => tr.children[heads.indexOf(arguments[0])].textContent)""", title)


def press(selector):
    BROWSER.js("document.querySelector(arguments[0]).click()", selector)


def downloaded(name):
    file, end = FOLDER / name, time.monotonic() + 120
    while time.monotonic() < end:
        if file.exists() and file.stat().st_size > 0:
            text = file.read_text(encoding="utf-8")
            file.unlink()
            return text
        time.sleep(0.05)
    raise AssertionError(f"{name} was not saved")


@unittest.skipIf(WHY_NOT, WHY_NOT)
class PageTest(unittest.TestCase):
    def quiet(self):
        """Nothing was complained about, and nothing asked for."""
        self.assertEqual(BROWSER.messages(), [])
        self.assertEqual(BROWSER.requests(), [])
