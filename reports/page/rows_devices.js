// What an accelerator is worth and what it costs: crossover with the CPU, speed against error, clocks and heat.

CHART_ROWS.crossover = (rows, context) => {
  const shown = new Set(rows.map((row) => [row.run, row.precision, row.device].join("|")));
  const fit = context.data.extra.filter((one) => one.kind === "offload-crossover" && shown.has([one.run, clean(one.precision), clean(one.device)].join("|")));
  const panels = [], used = [], {theme} = context;
  const sides = {cpu: {label: "CPU", colour: theme.soft, shape: "circle"}, resident: {label: "GPU, operands already there", colour: theme.accent, shape: "square"},
    transfers: {label: "GPU, with transfers", colour: BACKEND_COLOURS.openblas[theme.dark ? 1 : 0], shape: "diamond"}};
  for (const some of grouped(fit, (one) => [one.run, one.varies, one.family, one.precision, one.device].join("|")).values()) {
    const first = {...some[0], runName: context.data.runs[some[0].run], groupThreads: 1, mode: ""}, points = [], marks = [];
    const add = (side, size, time, kernel) => points.push({kernel: side, size, time, ...sides[side], dash: side === "transfers" ? [5, 3] : [1, 0], tip: `${clean(kernel)}\n${size}: ${seconds(time)}`});
    for (const point of some[0].points) add("cpu", point.size, point.host_s, point.host_kernel);
    for (const one of some) {
      const {transfers} = one, side = transfers ? "transfers" : "resident";
      for (const point of one.points) add(side, point.size, point.device_s, point.device_kernel);
      if (one.from !== null) marks.push({size: one.from, colour: sides[side].colour, text: `from ${one.from}, ${transfers ? "with transfers" : "in place"}`, side});
      used.push(...one.points.map((point) => ({...point, runName: first.runName, device: clean(one.device), precision: one.precision, varies: one.varies, family: clean(one.family), way: sides[side].label, ratio: point.host_s / point.device_s})));
    }
    const sizes = points.map((point) => point.size), ys = points.map((point) => point.time), y = [Math.min(...ys) / 1.6, Math.max(...ys) * 1.6];
    const words = panelWords(first, context.varies, ["precision", "device", "runName"]);
    panels.push({row: first, title: words.title, detail: [clean(some[0].family).replace(/^gemm ?/, "").replace(/ ?in=\w+/, ""), words.detail].filter(Boolean).join(", "), data: {points, marks},
      signals: (width) => ({xDomain: [Math.min(...sizes) / 1.12, Math.max(...sizes) * 1.12], xTicks: powers(Math.min(...sizes) / 1.12, Math.max(...sizes) * 1.12, 2, width / 45), yDomain: y, yTicks: powers(y[0], y[1], 10, 7), name: "size (" + some[0].varies + ")"})});
  }
  return {panels: order(panels), legend: Object.values(sides), table: {columns: [{key: "runName", title: "run"}, {key: "device", title: "device"}, {key: "precision", title: "precision"}, {key: "family", title: "family"}, {key: "varies", title: "varies"},
    {key: "way", title: "operands"}, {key: "size", title: "size", number: true}, {key: "host_kernel", title: "CPU kernel"}, {key: "host_s", title: "CPU, seconds", number: true}, {key: "device_kernel", title: "device kernel"},
    {key: "device_s", title: "device, seconds", number: true}, {key: "ratio", title: "device over CPU", number: true}], rows: used}};
};

// The error that can be compared between precisions: against the product of operands that were not rounded; in
// older records, that of the worst element.
function ladderError(row) { return row.record.relative_error ?? null; }

const PRECISION_HEIGHT = 280;
// Where a name may stand beside its point: left, where no line passes, above, right, below, and again a line further.
const LABEL_PLACES = [[-9, 0, "right"], [0, -13, "center"], [9, 0, "left"], [0, 13, "center"], [-9, -10, "right"], [9, -12, "left"], [9, 12, "left"], [-9, -12, "right"], [-9, 12, "right"],
  [0, -26, "center"], [0, 26, "center"], [12, -24, "left"], [12, 24, "left"], [-12, -24, "right"], [-12, 24, "right"], [0, -39, "center"], [0, 39, "center"]];

// Each point with the first place for its name that meets no point and no other name.
function placedLabels(points, xDomain, yDomain, width, textWidth) {
  const at = (value, domain, length) => length * Math.log(value / domain[0]) / Math.log(domain[1] / domain[0]);
  const spots = points.map((point) => ({x: at(point.error, xDomain, width), y: PRECISION_HEIGHT - at(point.y, yDomain, PRECISION_HEIGHT)}));
  const taken = spots.map(({x, y}) => [x - 6, y - 6, x + 6, y + 6]);
  const meets = (a) => a[0] < 0 || a[2] > width + 24 || a[1] < -4 || a[3] > PRECISION_HEIGHT || taken.some((b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]);
  return points.map((point, i) => {
    const long = textWidth(point.label) * 1.1;
    const box = ([dx, dy, align]) => {
      const left = spots[i].x + dx - (align === "left" ? 0 : align === "right" ? long : long / 2);
      return [left, spots[i].y + dy - 7, left + long, spots[i].y + dy + 7];
    };
    const place = LABEL_PLACES.find((one) => !meets(box(one))) || LABEL_PLACES[0];
    taken.push(box(place));
    return {...point, dx: place[0], dy: place[1], align: place[2]};
  });
}

CHART_ROWS.precision = (rows, context) => {
  const panels = [], used = [];
  const fit = rows.filter((row) => row.ranked && ladderError(row) !== null);
  for (const some of grouped(fit, (row) => [row.op, row.device, row.groupThreads, row.mode, row.run].join("|")).values()) {
    // The comparison with the most precisions; the largest of them.
    const kinds = (list) => distinct(list.map((row) => row.precision)).length;
    const best = [...grouped(some, (row) => row.comparison).values()].sort((a, b) => kinds(b) - kinds(a) || b[0].flops - a[0].flops)[0];
    if (kinds(best) < 2) continue;
    const fastest = [...grouped(best, (row) => row.precision).values()].map((list) => list.reduce((a, b) => a.median <= b.median ? a : b)).sort((a, b) => precisionRank(a.precision) - precisionRank(b.precision));
    const unit = rateUnit(fastest.map((row) => row.tflops), fastest.map((row) => row.precision));
    const errors = fastest.map(ladderError).filter((error) => error > 0);
    const floor = errors.length ? Math.min(...errors) / 30 : 1e-9;
    const points = fastest.map((row) => ({error: ladderError(row) > 0 ? ladderError(row) : floor, exact: !(ladderError(row) > 0), y: row.tflops * unit.scale, colour: precisionColour(row.precision, context.theme),
      label: row.precision + (ladderError(row) > 0 ? "" : " (exact)"), tip: rowTip(row) + `\nerror ${digits(ladderError(row))}` + (row.record.accumulator_bits ? `\nsums keep ${row.record.accumulator_bits} bits` : "")}));
    // What no other precision beats in speed and error both, the fastest last.
    const frontier = points.filter((point) => !points.some((other) => other !== point && other.y >= point.y && other.error <= point.error && (other.y > point.y || other.error < point.error))).sort((a, b) => a.error - b.error);
    const x = [floor / 2, Math.max(floor * 10, ...errors) * 6], ys = points.map((point) => point.y), y = [Math.min(...ys) / 2, Math.max(...ys) * 2];
    const words = panelWords(best[0], context.varies, ["device", "op", "groupThreads", "mode", "runName"]);
    panels.push({row: best[0], title: words.title, detail: [best[0].problem, words.detail].filter(Boolean).join(", "), data: (width, textWidth) => ({points: placedLabels(points, x, y, width, textWidth), frontier}),
      signals: (width) => ({height: PRECISION_HEIGHT, xDomain: x, yDomain: y, xTicks: powers(x[0], x[1], 10, width / 50), yTicks: logTicks(y[0], y[1], 7), unit: unit.name})});
    used.push(...fastest.map((row) => ({...tableRow(row), relative: ladderError(row), bits: row.record.accumulator_bits ?? null})));
  }
  return {panels, table: {columns: [...COMMON_COLUMNS, ...RATE_COLUMNS, {key: "relative", title: "relative error (rms)", number: true}, {key: "bits", title: "accumulator bits", number: true}], rows: used}};
};

const INSTRUMENTS = [["clock_mhz", "clock, MHz"], ["power_w", "power, W"], ["temperature_c", "temperature, °C"]];
// Power without energy is an older record's: a meter's average over a second, in which other rows ran too.
const reading = (row, key) => key === "power_w" && !(row.record.energy_j > 0) ? null : row.record[key] ?? null;

CHART_ROWS.instruments = (rows, context) => {
  const panels = [], used = [];
  const fit = rows.filter((row) => INSTRUMENTS.some(([key]) => reading(row, key) > 0));
  for (const some of grouped(fit, (row) => [row.device, row.run].join("|")).values()) {
    // Where in the run a row stood: its place among the run's rows that were read on that device.
    const read = (row) => row.run === some[0].run && row.device === some[0].device && INSTRUMENTS.some(([key]) => reading(row, key) > 0);
    const place = new Map(context.data.rows.filter(read).map((row, at) => [row.i, at + 1]));
    for (const [key, name] of INSTRUMENTS) {
      const seen = some.filter((row) => reading(row, key) > 0);
      if (seen.length < 2) continue;
      const points = seen.map((row) => ({at: place.get(row.i), y: row.record[key], colour: precisionColour(row.precision, context.theme), throttled: row.throttled === "yes", tip: rowTip(row) + `\n${name}: ${digits(row.record[key])}` + (row.record.throttle ? `\n${clean(row.record.throttle, 200)}` : "")}));
      const ys = points.map((point) => point.y), room = (Math.max(...ys) - Math.min(...ys)) * 0.1 || 1;
      const words = panelWords(some[0], context.varies, ["device", "runName"]);
      panels.push({row: some[0], title: words.title, detail: [name, words.detail].filter(Boolean).join(", "), data: {points},
        signals: () => ({xDomain: [0, place.size + 1], yDomain: [key === "power_w" ? 0 : Math.max(0, Math.min(...ys) - room), Math.max(...ys) + room], name: name.split(", ")[1]})});
    }
    used.push(...some.map((row) => ({...tableRow(row), place: place.get(row.i), ...Object.fromEntries([...INSTRUMENTS.map(([key]) => key), "memory_clock_mhz", "energy_j", "throttle"].map((key) => [key, reading(row, key)]))})));
  }
  const legend = distinct(used.map((row) => row.precision)).sort((a, b) => precisionRank(a) - precisionRank(b)).map((precision) => ({label: precision, colour: precisionColour(precision, context.theme)}));
  if (used.some((row) => row.throttle)) legend.push({label: "clocks lowered (ticks at the bottom)", colour: context.theme.bad, shape: "tick"});
  return {panels, legend, table: {columns: [{key: "place", title: "place in the run", number: true}, ...COMMON_COLUMNS, ...INSTRUMENTS.map(([key, title]) => ({key, title, number: true})),
    {key: "memory_clock_mhz", title: "memory clock, MHz", number: true}, {key: "energy_j", title: "J a call", number: true}, {key: "throttle", title: "throttle"}], rows: used}};
};
