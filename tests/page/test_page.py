"""The page of `gemmark report` in a real browser: what it draws, says, asks for and lets itself be talked into.

The records are synthetic. Times of the page are printed, never judged: they are the machine's.
"""
import csv
import io
import itertools
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import synthetic
from browser import browser, missing

PROGRAM = os.environ["GEMMARK"]
COUNTS = (0, 1, 50, 10000)
WHY_NOT = missing()
if os.environ.get("GEMMARK_VEGA", "here").endswith("NOTFOUND"):
    WHY_NOT = "gemmark was built without Vega (package libjs-vega)"
# What a run of synthetic records gives every chart its rows with.
FULL = 700
CHARTS = ["performance", "roofline", "steps", "precision", "forest", "batch", "crossover", "instruments"]
HOSTILE = ["</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "\"'><svg onload=window.hacked=1>",
           "\u202egnp.exe\u2066", "\u0000\u0007\u001b[31m\u2028", "<!--<script>", "]]>", "=cmd|'/C calc'!A0", "{{records}}", "${window.hacked=1}",
           "javascript:window.hacked=1", "x" * 100000]


def setUpModule():
    global BROWSER, FOLDER
    if WHY_NOT:
        return
    FOLDER = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    BROWSER = unittest.enterModuleContext(browser(FOLDER))


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


class Drawing(PageTest):
    def test_every_size_of_run_width_and_theme(self):
        for count, width, dark in itertools.product(COUNTS, (360, 1600), (False, True)):
            with self.subTest(count=count, width=width, dark=dark):
                BROWSER.show(page(f"run-{count}", synthetic.run(count)), width, dark)
                self.quiet()
                states = BROWSER.js("return [...document.querySelectorAll('figure')].map(f => [f.dataset.state, f.textContent.length > 0, f.querySelectorAll('svg, canvas').length])")
                self.assertEqual(len(states), len(CHARTS) + 1)
                for state, says, pictures in states:
                    self.assertIn(state, ("drawn", "missing"))
                    self.assertTrue(says)
                    self.assertEqual(pictures > 0, state == "drawn")
                self.assertEqual(BROWSER.js("return document.documentElement.scrollWidth"), width, "the page scrolls sideways")
                background = BROWSER.js("return getComputedStyle(document.body).backgroundColor")
                self.assertEqual(int(background.split("(")[1].split(",")[0]) < 128, dark)
                self.assertEqual(len(column("kernel")), min(count, 50))

    def test_times_of_a_large_run(self):
        BROWSER.worked()
        BROWSER.show(page("run-10000", synthetic.run(10000)))
        paint = BROWSER.js("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
        told = []
        for what, work in (("sorted", "[...document.querySelectorAll('#table thead button')].find(b => b.textContent === 'rate').click()"),
                           ("filtered", "const s = document.querySelector('#filters input[type=search]'); s.value = 'wgmma 4096'; s.dispatchEvent(new Event('input'))")):
            before = BROWSER.worked()
            passed = BROWSER.js(f"const began = performance.now(); {work}; document.body.offsetHeight; return performance.now() - began")
            told.append(f"{what} in {passed:.0f} ms ({1000 * (BROWSER.worked() - before):.0f} ms of processor time)")
        began = time.monotonic()
        BROWSER.settle()
        print(f"10000 records: first paint {paint:.0f} ms, {', '.join(told)}, its charts drawn {time.monotonic() - began:.1f} s later")
        self.assertGreater(paint, 0)
        self.assertEqual({text.split("_")[0] for text in column("kernel")}, {"wgmma"})

    def test_every_chart_has_its_rows_and_none_is_empty(self):
        BROWSER.show(full())
        self.quiet()
        for name in CHARTS:
            with self.subTest(name):
                self.assertEqual(BROWSER.js("return document.getElementById('chart-' + arguments[0]).dataset.state", name), "drawn")
                marks = BROWSER.js("return document.querySelectorAll('#chart-' + arguments[0] + ' .picture svg path').length", name)
                self.assertGreater(marks, 4)

    def test_labels_neither_overlap_nor_are_cut(self):
        mixed = page("mixed", synthetic.run(FULL), synthetic.run(200, 2, devices=("host",)))
        for file, width in itertools.product((full(), mixed), (360, 768, 1600)):
            BROWSER.show(file, width)
            faults = BROWSER.js("""const found = [];
                const shown = (t) => { for (let n = t; n && n.tagName !== 'svg'; n = n.parentNode) if (n.style.opacity === '0' || n.getAttribute('opacity') === '0') return false; return true; };
                for (const svg of document.querySelectorAll('.panels svg')) {
                    const frame = svg.getBoundingClientRect(), where = svg.closest('figure').id + ', ' + svg.closest('.panel').querySelector('h4').textContent + ': ';
                    // A label along a diagonal has a box far larger than itself.
                    const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim() && shown(t) && !/rotate\\((?!0[,)])/.test(t.getAttribute('transform') || ''))
                        .map(t => ({text: t.textContent, box: t.getBoundingClientRect()}));
                    const rules = [...svg.querySelectorAll('.mark-rule:not(.role-axis-grid) line')].filter(shown).map(line => line.getBoundingClientRect()).filter(line => line.width > 60 && line.height < 2);
                    for (const {text, box} of boxes) {
                        for (const rule of rules) if (rule.left < box.right && box.left < rule.right && rule.top > box.top + 3 && rule.top < box.bottom - 3) found.push(where + text + ' is struck through');
                        if (/…$/.test(text)) found.push(where + text + ' is cut');
                        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) found.push(where + text + ' leaves the picture');
                    }
                    for (let i = 0; i < boxes.length; ++i) for (let j = 0; j < i; ++j) {
                        const a = boxes[i].box, b = boxes[j].box;
                        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
                            found.push(where + boxes[i].text + ' on ' + boxes[j].text);
                    }
                }
                return found""")
            self.assertEqual(faults, [], f"{file.name} at {width} pixels")

    def test_a_figure_above_the_roof_is_marked(self):
        lines = synthetic.run(40)
        row = next(line for line in lines if line["record"] == "result" and line["status"] == "ok" and line["bound"] == "compute")
        row["tflops"] *= 1000
        row["median_s"] /= 1000
        BROWSER.show(page("above", lines))
        self.assertIn("above the roof", BROWSER.js("return document.getElementById('chart-roofline').textContent"))

    def test_a_chart_without_data_says_what_it_needs(self):
        BROWSER.show(page("run-1", synthetic.run(1)))
        for name, needs in (("performance", "at least two sizes"), ("steps", "at least two own kernels"), ("forest", "both an own and a vendor kernel"),
                            ("batch", "at least two values of m"), ("crossover", "timed on the CPU and on a GPU")):
            self.assertIn(needs, BROWSER.js("return document.getElementById('chart-' + arguments[0]).textContent", name))
            self.assertEqual(BROWSER.js("return document.querySelectorAll('#chart-' + arguments[0] + ' .panel').length", name), 0)

    def test_other_operations_find_their_place(self):
        lines = synthetic.run(60)
        BROWSER.show(page("operations", lines[:-2] + synthetic.other_operations() + lines[-2:]))
        self.quiet()
        tiles = BROWSER.js("return document.querySelector('ul.tiles').innerText")
        self.assertIn("attention bf16", tiles)
        self.assertIn("conv bf16", tiles)
        titles = {name: BROWSER.js("return [...document.querySelectorAll('#chart-' + arguments[0] + ' h4')].map(h => h.textContent).join('; ')", name) for name in CHARTS}
        for name in ("performance", "steps", "forest"):
            self.assertIn("attention", titles[name], name)
        BROWSER.js("""const select = document.querySelector('select[name=op]'); select.value = 'conv'; select.dispatchEvent(new Event('change'))""")
        BROWSER.settle()
        self.assertEqual(set(column("operation")), {"conv"})
        self.quiet()

    def test_words_can_be_read(self):
        """Text has the contrast that WCAG 2.1 asks for (4.5 to 1) in both themes, in the page and in the charts."""
        for dark in (False, True):
            BROWSER.show(full(), dark=dark)
            faint = BROWSER.js("""const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
                const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
                const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
                const back = (node) => { for (; node; node = node.parentElement) { const c = getComputedStyle(node).backgroundColor; if (!/, 0\\)$|transparent/.test(c)) return rgb(c); } };
                const found = new Set();
                const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                while (walk.nextNode()) {
                    const node = walk.currentNode.parentElement;
                    if (!walk.currentNode.textContent.trim() || /^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(node.tagName) || node.disabled || !node.getClientRects().length) continue;
                    const style = getComputedStyle(node), svg = node.tagName === 'text';
                    const a = light(rgb(svg ? style.fill : style.color)), b = light(back(svg ? node.closest('.panel') : node));
                    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                    if (ratio < 4.5) found.add(node.tagName + '.' + (node.getAttribute('class') || '') + ' ' + node.textContent.slice(0, 30) + ' ' + ratio.toFixed(2));
                }
                return [...found]""")
            self.assertEqual(faint, [], "dark" if dark else "light")

    def test_another_copy_of_vega_draws_as_well(self):
        BROWSER.show(full())
        copy = FOLDER / "copy.js"
        copy.write_text(BROWSER.js("return [...document.scripts].find(s => s.textContent.startsWith('/*! Vega')).textContent") + "\nvar vegaCopy = true;\n", encoding="utf-8")
        BROWSER.show(page("copied", synthetic.run(FULL), options=["--vega", copy]))
        self.quiet()
        self.assertTrue(BROWSER.js("return vegaCopy"))
        self.assertEqual(BROWSER.js("return document.getElementById('chart-performance').dataset.state"), "drawn")

    def test_a_damaged_page_says_so(self):
        text = full().read_text(encoding="utf-8")
        begin = text.index('id="gemmark-records">') + 30
        broken = FOLDER / "broken.html"
        broken.write_text(text[:begin] + "AAAA" + text[begin + 4:], encoding="utf-8")
        BROWSER.show(broken, wait=False)
        end = time.monotonic() + 60
        while BROWSER.js("return document.documentElement.dataset.ready") != "failed" and time.monotonic() < end:
            time.sleep(0.05)
        self.assertIn("the file may be damaged", BROWSER.js("return document.getElementById('records').textContent"))

    def test_the_theme_can_be_chosen(self):
        BROWSER.show(full(), dark=False)
        before = BROWSER.js("return getComputedStyle(document.body).backgroundColor")
        press("#theme"), press("#theme")
        BROWSER.settle()
        self.assertNotEqual(BROWSER.js("return getComputedStyle(document.body).backgroundColor"), before)
        self.quiet()

    def test_a_page_of_nothing_says_so(self):
        text = page("run-0", synthetic.run(0)).read_text(encoding="utf-8")
        self.assertIn("This run holds no results.", text)
        BROWSER.show(page("refused", [line | {"status": "skipped", "median_s": None, "tflops": None, "samples_s": [], "ci95_s": None, "why": "too dear"}
                                      if line["record"] == "result" else line for line in synthetic.run(20, ends=False)]))
        self.quiet()
        text = BROWSER.js("return document.body.innerText")
        self.assertIn("Nothing in this run was measured and verified", text)
        self.assertIn("the run did not finish; 20 results are there", text)
        self.assertIn("too dear", text)


class Using(PageTest):
    def test_filters_and_address(self):
        BROWSER.show(full())
        BROWSER.js("""const select = document.querySelector('select[name=precision]'); select.value = 'bf16'; select.dispatchEvent(new Event('change'))""")
        BROWSER.settle()
        self.assertEqual(set(column("precision")), {"bf16"})
        self.assertIn("precision=bf16", BROWSER.js("return location.hash"))
        BROWSER.js("""const search = document.querySelector('input[type=search]'); search.value = 'wmma_basic 1024×1024'; search.dispatchEvent(new Event('input'))""")
        BROWSER.settle()
        self.assertEqual(set(column("kernel")), {"wmma_basic"})
        self.assertRegex(BROWSER.js("return document.getElementById('count').textContent"), r"^\d+ of 700 records$")
        shown = column("problem")
        link = BROWSER.js("return location.hash")
        BROWSER.show(full(), fragment=link)
        self.assertEqual(column("problem"), shown)
        BROWSER.js("""[...document.querySelectorAll('#filters button')].pop().click()""")
        BROWSER.settle()
        self.assertEqual(len(column("kernel")), 50)
        self.quiet()

    def test_links_of_the_headline_filter(self):
        BROWSER.show(full())
        press("ul.worries a[href='#status=wrong']")
        BROWSER.settle()
        self.assertTrue(all(text.startswith("wrong: synthetic") for text in column("status")))
        self.assertTrue(column("status"))

    def test_sorting(self):
        BROWSER.show(full(), fragment="#status=ok")
        heads = BROWSER.js("return [...document.querySelectorAll('#table thead button')].map(b => b.textContent)")
        values = {}
        for _ in range(2):
            BROWSER.js("[...document.querySelectorAll('#table thead button')][arguments[0]].click()", heads.index("GB/s"))
            values[BROWSER.js("return document.querySelectorAll('#table thead th')[arguments[0]].getAttribute('aria-sort')", heads.index("GB/s"))] = [float(text) for text in column("GB/s")]
        self.assertEqual(values["descending"], sorted(values["descending"], reverse=True))
        self.assertEqual(values["ascending"], sorted(values["ascending"]))
        self.assertLess(values["ascending"][0], values["descending"][0])

    def test_pages_of_the_table(self):
        BROWSER.show(full())
        first = column("problem")
        BROWSER.js("document.querySelectorAll('.pager button')[1].click()")
        self.assertNotEqual(column("problem"), first)
        self.assertIn("51–100 of 700", BROWSER.js("return document.querySelector('.pager').textContent"))

    def test_a_row_opens_and_its_command_is_there(self):
        BROWSER.show(full())
        press("#table tbody button")
        self.assertEqual(BROWSER.js("return document.querySelector('#table tbody button').getAttribute('aria-expanded')"), "true")
        detail = BROWSER.js("return document.querySelector('#table tr.detail').innerText")
        self.assertIn("gemmark run --problem", detail)
        self.assertIn("samples_s", detail)
        BROWSER.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        press("#table tbody tr td:last-child button")
        self.assertEqual(BROWSER.js("return new Promise(done => setTimeout(() => done(document.querySelector('#table tbody tr td:last-child button').textContent), 200))"), "copied")

    def test_exports(self):
        for name in CHARTS:
            with self.subTest(name):
                BROWSER.show(full(), dark=True)  # anew: Chromium asks before it saves an eleventh file of a page
                press(f"#chart-{name} .tools button:nth-child(1)")
                picture = downloaded(f"gemmark-{name}.svg")
                import xml.dom.minidom
                document = xml.dom.minidom.parseString(picture)
                self.assertEqual(document.documentElement.tagName, "svg")
                self.assertIn('<rect width="100%" height="100%" fill="#141517"/>', picture)
                press(f"#chart-{name} .tools button:nth-child(2)")
                rows = list(csv.reader(io.StringIO(downloaded(f"gemmark-{name}.csv"))))
                shown = BROWSER.js("return document.querySelector('#chart-' + arguments[0] + ' summary').textContent", name)
                self.assertEqual(shown, f"Data ({len(rows) - 1} rows)")
                self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.quiet()

    def test_a_table_behind_each_chart(self):
        BROWSER.show(full())
        for name in CHARTS:
            BROWSER.js("document.querySelector('#chart-' + arguments[0] + ' details').open = true", name)
        time.sleep(0.2)
        for name in CHARTS:
            self.assertGreater(BROWSER.js("return document.querySelectorAll('#chart-' + arguments[0] + ' details tbody tr').length", name), 1)

    def test_the_keyboard_reaches_everything(self):
        from selenium.webdriver.common.keys import Keys
        BROWSER.show(full())
        body = BROWSER.driver.find_element("tag name", "body")
        reached = []
        for _ in range(400):
            BROWSER.driver.switch_to.active_element.send_keys(Keys.TAB) if reached else body.send_keys(Keys.TAB)
            at = BROWSER.js("""const n = document.activeElement, s = getComputedStyle(n);
                return [n.tagName, n.name || n.textContent.slice(0, 20), n.matches(':focus-visible') && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, n.closest('section, header') && (n.closest('section, header').id || n.closest('section, header').className)]""")
            if at[0] == "BODY":
                break
            self.assertTrue(at[2] , f"no ring around {at}")
            reached.append(at)
        self.assertEqual(reached[0][1], "Skip to the records")
        names = {(tag, name) for tag, name, _, _ in reached}
        for wanted in (("SELECT", "precision"), ("INPUT", "q"), ("BUTTON", "SVG"), ("BUTTON", "CSV"), ("BUTTON", "rate"), ("BUTTON", "Next"), ("BUTTON", "copy")):
            self.assertIn(wanted, names)
        self.assertTrue(any(tag == "SUMMARY" for tag, _, _, _ in reached))
        head = BROWSER.driver.find_element("xpath", "//section[@id='records']//th/button[text()='rate']")
        head.send_keys(Keys.ENTER)
        self.assertEqual(BROWSER.js("return arguments[0].parentNode.getAttribute('aria-sort')", head), "descending")
        row = BROWSER.driver.find_element("css selector", "#table tbody button")
        row.send_keys(Keys.SPACE)
        self.assertEqual(row.get_attribute("aria-expanded"), "true")
        self.quiet()

    def test_what_a_screen_reader_needs(self):
        BROWSER.show(full())
        nameless = BROWSER.js("""return [...document.querySelectorAll('button, select, input, .picture, [role=region], section, table')].filter(n =>
            !(n.getAttribute('aria-label') || n.getAttribute('aria-labelledby') || n.textContent.trim() || n.closest('label'))).map(n => n.outerHTML.slice(0, 80))""")
        self.assertEqual(nameless, [])
        self.assertEqual(BROWSER.js("return document.documentElement.lang"), "en")
        pictures = BROWSER.js("return [...document.querySelectorAll('.picture')].map(p => [p.getAttribute('role'), p.getAttribute('aria-label')])")
        self.assertGreater(len(pictures), 10)
        for role, label in pictures:
            self.assertEqual(role, "graphics-document")
            self.assertIn("The data stands in a table below the chart.", label)
        # Headings leave out no level.
        levels = BROWSER.js("return [...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1])")
        self.assertEqual([(a, b) for a, b in zip(levels, levels[1:]) if b > a + 1], [])
        self.assertEqual(BROWSER.js("return [...document.querySelectorAll('th')].filter(th => !th.getAttribute('scope')).length"), 0)


class Several(PageTest):
    def test_runs_side_by_side(self):
        file = page("both", synthetic.run(120, devices=("host",)), synthetic.run(120, 2, devices=("host",), factor=1.2))
        BROWSER.show(file)
        self.quiet()
        self.assertEqual(BROWSER.js("return document.querySelectorAll('section.run').length"), 2)
        titles = BROWSER.js("return [...document.querySelectorAll('#chart-performance h4')].map(h => h.textContent)")
        self.assertTrue(any("both-head" in title for title in titles) and any(title.endswith("both") for title in titles), titles)
        both = page("both-full", synthetic.run(400), synthetic.run(400, 2, factor=1.2))
        BROWSER.show(both)
        self.quiet()
        for name in CHARTS:
            titles = BROWSER.js("return [...document.querySelectorAll('#chart-' + arguments[0] + ' h4')].map(h => h.textContent)", name)
            with self.subTest(name):
                self.assertTrue(any("both-full-head" in title for title in titles) and any(title.endswith("both-full") for title in titles), titles)
        BROWSER.show(file)
        bests = BROWSER.js("return [...document.querySelectorAll('#bests th')].map(th => th.textContent)")
        self.assertEqual(bests[:3], ["precision", "both, host", "both-head, host"])
        self.assertIn("fp64", bests)

    def test_comparison(self):
        base, head = synthetic.run(60, devices=("host",)), synthetic.run(60, 2, devices=("host",), factor=0.5)
        base[0]["build"]["revision"] = "abc"
        del head[-6]
        file = page("compared", base, head, options=["--compare"])
        BROWSER.show(file)
        self.quiet()
        self.assertEqual(BROWSER.js("return document.getElementById('chart-differences').dataset.state"), "drawn")
        text = BROWSER.js("return document.getElementById('comparison').textContent")
        self.assertIn("1 row only in compared", text)
        self.assertIn("verdict", text)
        self.assertIn("0.5", text)
        self.assertIn("revision ≠", BROWSER.js("return document.querySelector('tr.differs').parentNode.textContent"))

    def test_comparison_of_more_than_two(self):
        runs = [synthetic.run(40, seed, devices=("host",), factor=factor) for seed, factor in ((1, 1), (2, 1.1), (3, 0.9))]
        BROWSER.show(page("three", *runs, options=["--compare"]))
        self.quiet()
        self.assertEqual(BROWSER.js("return [...document.querySelectorAll('#comparison h3')].map(h => h.textContent)"),
                         ["three-head against three", "three-head-head against three"])
        self.assertEqual(BROWSER.js("return document.querySelectorAll('#chart-differences .panel').length"), 2)
        ratios = BROWSER.js("return [...document.querySelector('#comparison table').querySelectorAll('tbody tr')].map(tr => parseFloat(tr.children[3].textContent))")
        known = [ratio for ratio in ratios if ratio == ratio and ratio is not None]
        self.assertGreater(len(known), 20)
        self.assertEqual(known, sorted(known))


class Hostile(PageTest):
    def test_is_inert(self):
        lines = synthetic.run(30)
        texts = itertools.cycle(HOSTILE)
        for line in lines:
            if line["record"] == "result":
                line |= {"kernel": "gemm/" + next(texts), "why": next(texts), "repro": next(texts), "algorithm": next(texts), "comparison": next(texts),
                         "problem": next(texts), "device": next(texts)[:40], "backend": next(texts), "precision": next(texts)[:30], "throttle": next(texts)}
        lines[0]["machine"]["devices"][0]["model"] = "".join(HOSTILE)
        lines[0]["libraries"][HOSTILE[0]] = {"available": True, "why": "", "version": HOSTILE[1], "facts": {"core": HOSTILE[2]}, "advice": [HOSTILE[3]]}
        lines[0]["conditions"]["environment"] = {HOSTILE[0]: HOSTILE[1]}
        finding = synthetic.crossover("fp32", True)
        finding |= {key: next(texts)[:300] for key in ("varies", "family")}
        finding |= {key: next(line for line in lines if line["record"] == "result")[key] for key in ("precision", "device")}
        finding["points"] = [point | {"host_kernel": next(texts), "device_kernel": next(texts)} for point in finding["points"]]
        file = page("hostile", lines[:-2] + [finding] + lines[-2:])
        for width in (360, 1600):
            BROWSER.show(file, width)
            self.assertEqual(BROWSER.messages(), [])
            self.assertEqual(BROWSER.requests(), [])
            self.assertIsNone(BROWSER.js("return window.hacked === undefined ? null : window.hacked"))
            self.assertEqual(BROWSER.js("return document.querySelectorAll('img, iframe, object, body svg script').length"), 0)
            self.assertEqual(BROWSER.js("return document.scripts.length"), 5)
            # Nothing that hides or reorders stands in what is read; it is named instead.
            self.assertNotRegex(BROWSER.js("return document.querySelector('main').innerText"), "[\u202a-\u202e\u2066-\u2069\u0000-\u0008]")
        press("#table tbody button")
        self.assertIn("[U+202E]", BROWSER.js("return document.querySelector('main').innerText"))
        press("#table .tools button, .pager button:last-child")
        self.assertNotRegex(downloaded("records.csv"), r"(^|,)=cmd")

    def test_names_of_files_are_inert(self):
        name = "<img src=x onerror=window.hacked=1>\u202e\"'"
        BROWSER.show(page(name, synthetic.run(40), synthetic.run(40, 2), options=["--compare"]))
        self.quiet()
        self.assertTrue(BROWSER.js("return window.hacked === undefined"))
        self.assertEqual(BROWSER.js("return document.querySelectorAll('img').length"), 0)
        self.assertIn("[U+202E]", BROWSER.js("return document.body.innerText"))

    def test_the_policy_forbids_what_it_should(self):
        BROWSER.show(full())
        BROWSER.js("""const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s);
            setTimeout(() => { try { window.evaluated = window.eval('1'); } catch {} });
            const i = new Image(); i.src = 'https://example.invalid/x.png'; fetch('https://example.invalid/').catch(() => 0);""")
        time.sleep(0.3)
        self.assertEqual(BROWSER.js("return [window.hacked === undefined, window.evaluated === undefined]"), [True, True])
        self.assertGreaterEqual(len([message for message in BROWSER.messages() if "Content Security Policy" in message]), 3)


class Data(PageTest):
    def test_comes_back_out(self):
        for name in ("full", "hostile"):
            file = FOLDER / f"{name}.html"
            if file.exists():
                outs = [subprocess.run([PROGRAM, "export", "--format", "json", path], capture_output=True, text=True, check=True).stdout
                        for path in (file, file.with_suffix(".jsonl"))]
                self.assertEqual(*outs)
                self.assertEqual(len(json.loads(outs[0])["runs"]), 1)

    def test_comes_back_out_byte_by_byte(self):
        file, out = full(), FOLDER / "again.jsonl"
        subprocess.run([PROGRAM, "merge", file, "--out", out], check=True, capture_output=True)
        self.assertEqual(out.read_bytes(), file.with_suffix(".jsonl").read_bytes())

    def test_the_same_records_give_the_same_bytes(self):
        file, again = full(), FOLDER / "again.html"
        subprocess.run([PROGRAM, "report", file.with_suffix(".jsonl"), "-o", again], check=True, capture_output=True)
        self.assertEqual(again.read_bytes(), file.read_bytes())


if __name__ == "__main__":
    unittest.main()
