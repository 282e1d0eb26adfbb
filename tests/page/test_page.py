"""The page of `gemmark report` in a real browser: what it draws, says, asks for and lets itself be talked into.

The records are synthetic. Times of the page are printed, never judged: they are the machine's.
"""
import itertools
import time
import unittest

import synthetic
from fixture import BROWSER, CHARTS, FOLDER, FULL, PageTest, column, full, page, press, setUpModule  # noqa: F401

COUNTS = (0, 1, 50, 10000)


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

    def test_a_ladder_stands_under_the_limit_that_binds(self):
        for m, bound in ((4096, "compute"), (1, "memory")):
            rows = [synthetic.result(kernel, m, 4096, 4096, "fp32") for kernel in ("cpu_naive", "avx512_packed")]
            BROWSER.show(page(f"bound-{bound}", [synthetic.context(("host",)), *synthetic.ceilings(("host",)), *rows]))
            self.assertIn(f"measured {bound} limit", BROWSER.js("return document.getElementById('chart-steps').textContent"))

    def test_decoding_and_prefill_of_a_layer_share_a_panel(self):
        rows = [synthetic.result("openblas", m, 14336, 4096, "fp32", extra=extra) for m, extra in ((1, " tb=1 const=b"), (16, " tb=1 const=b"), (128, " tb=1"), (4096, " tb=1"))]
        BROWSER.show(page("layer", [synthetic.context(("host",)), *synthetic.ceilings(("host",)), *rows]))
        self.assertEqual(BROWSER.js("return document.querySelectorAll('#chart-batch .panel').length"), 1)

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
        self.assertIn("what differs", text)
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


if __name__ == "__main__":
    unittest.main()
