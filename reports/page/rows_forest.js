// Ratios with their intervals, sorted: own kernels over vendor libraries, and a run over another.

const FOREST_ENDS = 30;  // rows from either end where there are too many to read

function forestPanel(items, words, context) {
  const left = items.length > 2 * FOREST_ENDS ? items.length - 2 * FOREST_ENDS : 0;
  const shown = left ? [...items.slice(0, FOREST_ENDS), ...items.slice(-FOREST_ENDS)] : items;
  const lines = shown.map((item) => ({label: item.label, ratio: item.ratio, low: item.ci ? item.ci[0] : null, high: item.ci ? item.ci[1] : null,
    text: times(item.ratio) + (item.ci ? ` [${digits(item.ci[0])}, ${digits(item.ci[1])}]` : ""), short: times(item.ratio), tip: item.tip, colour: item.colour}));
  if (left) lines.splice(FOREST_ENDS, 0, {label: `… ${left} between them`, ratio: null, text: "", short: ""});
  const edges = lines.flatMap((line) => [line.ratio, line.low, line.high]).filter((value) => value > 0);
  const domain = [Math.min(0.9, ...edges) / 1.06, Math.max(1.1, ...edges) * 1.06];
  return {...words, detail: [words.detail, left ? `the ${FOREST_ENDS} highest and the ${FOREST_ENDS} lowest of ${items.length}` : ""].filter(Boolean).join(", "), layout: (width, textWidth) => {
      const narrow = width < 560, values = lines.map((line) => narrow ? line.short : line.text);
      const {padding, signals} = barLayout(lines.map((line) => line.label), values, 0.4)(width, textWidth);
      return {padding, signals: {...signals, narrow}};
    },
    data: {lines: lines.map((line, at) => ({...line, at}))},
    signals: (width) => ({rows: lines.length, domain, ticks: logTicks(domain[0], domain[1], Math.max(3, width / 48))})};
}

CHART_ROWS.forest = (rows, context) => {
  const panels = [], used = [];
  const fit = rows.filter((row) => row.role === "own" && row.ranked && row.ratio !== null);
  for (const some of grouped(fit, (row) => [row.op, row.device, row.groupThreads, row.mode, row.run].join("|")).values()) {
    const best = [...grouped(some, (row) => [row.group, row.precision].join("|")).values()].map((list) => list.reduce((a, b) => a.median <= b.median ? a : b));
    best.sort((a, b) => b.ratio - a.ratio);
    const items = best.map((row) => {
      const vendor = context.data.rows[row.vendor];
      return {label: `${row.precision} ${row.problem}`, ratio: row.ratio, ci: row.speedup.length > 1 ? row.speedup.slice(1) : null, colour: context.styles.get(row.kernel).colour,
        tip: `${row.kernel} ${seconds(row.median)}\n${vendor.kernel} ${seconds(vendor.median)}\n${row.problem} ${row.precision}`};
    });
    panels.push({row: some[0], ...forestPanel(items, panelWords(some[0], context.varies, ["op", "device", "groupThreads", "mode", "runName"]), context)});
    used.push(...best);
  }
  const table = used.map((row) => ({...tableRow(row), vendorKernel: context.data.rows[row.vendor].kernel, low: row.speedup[1] ?? null, high: row.speedup[2] ?? null}));
  return {panels, legend: kernelLegend(used, context).map((entry) => ({...entry, shape: "circle", dash: null})), table: {columns: [...COMMON_COLUMNS, {key: "vendorKernel", title: "vendor"},
    {key: "ratio", title: "speed-up", number: true}, {key: "low", title: "95% from", number: true}, {key: "high", title: "95% to", number: true}], rows: table}};
};

CHART_ROWS.differences = (rows, context) => {
  const visible = new Set(rows.map((row) => row.i));
  const all = context.data.page.differences.filter((one) => visible.has(one.head) || visible.has(one.base));
  const panels = [], used = [];
  for (const some of grouped(all, (one) => [context.data.rows[one.base].run, context.data.rows[one.head].run].join("|")).values()) {
    const items = [...some].sort((a, b) => b.ratio - a.ratio).map((one) => {
      const row = context.data.rows[one.head], base = context.data.rows[one.base];
      return {label: `${row.kernel} ${row.precision} ${row.problem}`, ratio: one.ratio, ci: one.ci95 || null, colour: context.theme.accent,
        tip: `${row.kernel} ${row.problem} ${row.precision}\n${seconds(base.median)}, then ${seconds(row.median)}\n${clean(one.note)}`};
    });
    const head = context.data.rows[some[0].head], base = context.data.rows[some[0].base];
    panels.push(forestPanel(items, {title: `${head.runName} against ${base.runName}`, detail: ""}, context));
    used.push(...some.map((one) => ({...tableRow(context.data.rows[one.head]), base: context.data.rows[one.base].median, speed: one.ratio,
      low: one.ci95 ? one.ci95[0] : null, high: one.ci95 ? one.ci95[1] : null, note: clean(one.note)})));
  }
  return {panels, table: {columns: [...COMMON_COLUMNS, {key: "base", title: "base, seconds", number: true}, {key: "median", title: "head, seconds", number: true},
    {key: "speed", title: "speed-up", number: true}, {key: "low", title: "95% from", number: true}, {key: "high", title: "95% to", number: true}, {key: "note", title: "what differs"}], rows: used}};
};
