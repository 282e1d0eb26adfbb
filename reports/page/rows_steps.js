// The ladder of own kernels on one problem, and fixed weights against M.

const VALUE_GAP = 8;  // pixels between a bar chart's limit and the figures beside it

// Names stand left of their bars, or over them where they would take too much of the width.
function barLayout(labels, values, share) {
  return (width, textWidth) => {
    const names = Math.max(...labels.map(textWidth)), figures = Math.max(...values.map(textWidth));
    const stacked = names > share * width;
    return {padding: {left: stacked ? 8 : Math.ceil(names) + 14, right: Math.ceil(figures) + VALUE_GAP + 4}, signals: {stacked}};
  };
}

// The limit that binds a problem, as its rows' shares say it: of rows with all of the threads, since fewer have a lower one.
// A kernel that executes more than is counted has a lower one too.
function bindingLimit(rows) {
  const limits = rows.filter((row) => row.fraction > 0 && row.threads === row.groupThreads).map((row) => ({tflops: row.tflops / row.fraction, word: limitWord(row)}));
  return limits.sort((a, b) => b.tflops - a.tflops)[0] ?? null;
}

CHART_ROWS.steps = (rows, context) => {
  const panels = [], used = [];
  for (const some of grouped(rows.filter((row) => row.ranked), (row) => [row.op, row.precision, row.device, row.groupThreads, row.mode, row.run].join("|")).values()) {
    // The problem on which most steps of the ladder were measured; the largest of them.
    const own = (list) => list.filter((row) => row.role === "own").length;
    const best = [...grouped(some, (row) => row.group).values()].sort((a, b) => own(b) - own(a) || b[0].flops - a[0].flops)[0];
    if (own(best) < 2) continue;
    const limit = bindingLimit(best);
    const unit = rateUnit([...best.map((row) => row.tflops), limit ? limit.tflops : 0], best.map((row) => row.precision));
    const steps = best.filter((row) => row.role === "own").sort((a, b) => a.tflops - b.tflops);
    const bars = [...steps, ...best.filter((row) => row.role !== "own").sort((a, b) => a.tflops - b.tflops)].map((row, i) => {
      const before = i > 0 && i < steps.length ? steps[i - 1] : null;
      return {...look(row, context), y: row.tflops * unit.scale, vendor: row.role !== "own", gain: before ? row.tflops / before.tflops : null,
        text: digits(row.tflops * unit.scale) + (before ? ` · ${times(row.tflops / before.tflops)}` : ""), tip: rowTip(row), row};
    });
    const top = limit ? limit.tflops * unit.scale : 0;
    const {title, detail} = panelWords(best[0], context.varies, ["precision", "op", "device", "groupThreads", "mode", "runName"]);
    panels.push({row: best[0], title, detail: [best[0].problem, detail].filter(Boolean).join(", "), weight: own(best),
      layout: barLayout(bars.map((bar) => bar.kernel), bars.map((bar) => bar.text), 0.36),
      data: {bars: bars.map((bar) => ({...bar, row: undefined})), ceilings: limit ? [{x: top, label: `measured ${limit.word} limit ${digits(top)}`}] : []},
      signals: () => ({rows: bars.length, xMax: Math.max(top, ...bars.map((bar) => bar.y)) * (limit ? 1 : 1.02), unit: unit.name})});
    used.push(...bars.map((bar) => ({...tableRow(bar.row), gain: bar.gain})));
  }
  return {panels: order(panels).sort((a, b) => b.weight - a.weight), table: {columns: [...COMMON_COLUMNS, ...RATE_COLUMNS, {key: "gain", title: "over the step before", number: true}], rows: used}};
};

// Suites say only of decoding that weights are constant: the layer is the same.
const fixedPart = (row) => row.comparison.replace(/ m=\d+| const=b/g, "");
const rowsOfActivations = (row) => +(/ m=(\d+)/.exec(row.comparison) || [0, 0])[1];

// The least time that the measured limits allow, a point an M.
function boundTimes(some, context) {
  const peak = computeCeiling(context.data.ceilings, some[0]);
  const stream = bestCeiling(context.data.ceilings, some[0], "bandwidth", (c) => !c.cache_level);
  if (peak === null || stream === null || some[0].mode !== "cold") return [];
  return [...grouped(some, rowsOfActivations)].map(([m, [row]]) => ({m, time: Math.max(row.flops / peak, row.bytes / stream), flops: row.flops})).sort((a, b) => a.m - b.m);
}

// Every precision's heaviest weights first, then every precision's next; the fastest precision leads.
function decodeOrder(panels) {
  panels.sort((a, b) => b.best - a.best || b.weights - a.weights);
  const seen = new Map();
  for (const panel of panels) {
    const key = [panel.row.precision, panel.row.device, panel.row.run].join("|");
    panel.turn = seen.get(key) || 0;
    seen.set(key, panel.turn + 1);
  }
  return panels.sort((a, b) => a.turn - b.turn || b.points - a.points || b.best - a.best);
}

CHART_ROWS.batch = (rows, context) => {
  const panels = [], used = [];
  const fit = rows.filter((row) => drawable(row) && row.op === "gemm" && rowsOfActivations(row) > 0);
  for (const some of grouped(fit, (row) => [fixedPart(row), row.precision, row.device, row.groupThreads, row.mode, row.data, row.run].join("|")).values()) {
    // A square belongs to the sweep of its weights, and makes none of its own.
    if (distinct(some.map(rowsOfActivations)).length < 2 || some.every((row) => row.size !== null)) continue;
    const unit = rateUnit(some.map((row) => row.tflops), some.map((row) => row.precision));
    const points = some.map((row) => ({...look(row, context), m: rowsOfActivations(row), y: row.tflops * unit.scale, time: row.median, mistrusted: row.status !== "ok", tip: rowTip(row)})).sort((a, b) => a.m - b.m);
    const bound = boundTimes(some, context).map((one) => ({...one, y: one.flops / one.time / 1e12 * unit.scale}));
    const ms = points.map((point) => point.m), around = (values) => [Math.min(...values) / 1.4, Math.max(...values) * 1.4];
    const times_ = around([...points, ...bound].map((point) => point.time)), rates = around([...points, ...bound].map((point) => point.y));
    const {title, detail} = panelWords(some[0], context.varies, ["precision", "device", "groupThreads", "mode", "data", "runName"]);
    const weights = fixedPart(some[0]).replace("gemm ", "");
    panels.push({row: some[0], title, detail: [weights, detail].filter(Boolean).join(", "), best: Math.max(...some.map((row) => row.tflops)), weights: Math.max(...some.map((row) => row.bytes)), points: distinct(ms).length, data: {points, bound},
      signals: (width) => ({xDomain: [Math.min(...ms) / 1.15, Math.max(...ms) * 1.15], xTicks: powers(Math.min(...ms), Math.max(...ms), 2, width / 40), unit: unit.name,
        timeDomain: times_, timeTicks: logTicks(times_[0], times_[1], 5), rateDomain: rates, rateTicks: logTicks(rates[0], rates[1], 5)})});
    used.push(...some.map((row) => ({...tableRow(row), m: rowsOfActivations(row)})));
  }
  const limit = panels.some((panel) => panel.data.bound.length) ? [{label: "measured limit", colour: context.theme.ink, shape: "none", dash: [1, 0], family: ""}] : [];
  return {panels: decodeOrder(panels), legend: [...kernelLegend(used, context), ...limit], table: {columns: [...COMMON_COLUMNS, {key: "m", title: "M", number: true}, ...RATE_COLUMNS], rows: used}};
};
