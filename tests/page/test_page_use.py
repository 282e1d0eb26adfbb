"""The page of `gemmark report` under a reader's hands and under an enemy's: filters, keyboard, exports, hostile records."""
import csv
import io
import itertools
import json
import subprocess
import time
import unittest
import xml.dom.minidom

import synthetic
from fixture import BROWSER, CHARTS, FOLDER, PROGRAM, PageTest, column, downloaded, full, page, press, setUpModule  # noqa: F401

HOSTILE = ["</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "\"'><svg onload=window.hacked=1>",
           "\u202egnp.exe\u2066", "\u0000\u0007\u001b[31m\u2028", "<!--<script>", "]]>", "=cmd|'/C calc'!A0", "{{records}}", "${window.hacked=1}",
           "javascript:window.hacked=1", "x" * 100000]


def hostile():
    """The page of a run whose every text is hostile."""
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
    return page("hostile", lines[:-2] + [finding] + lines[-2:])


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


class Hostile(PageTest):
    def test_is_inert(self):
        file = hostile()
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
        for file in (full(), hostile()):
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
