// The roofline: rate against arithmetic intensity, under the measured limits of arithmetic and memory.

const STREAM_LEVELS = [0, 3, 2, 1];

function roofs(some, context) {
  const ceilings = context.data.ceilings, first = some[0];
  const streams = STREAM_LEVELS.map((level) => ({level, value: bestCeiling(ceilings, first, "bandwidth", (c) => (c.cache_level || 0) === level)})).filter((stream) => stream.value);
  const peaks = distinct(some.map((row) => arithmetic(row.precision))).map((precision) => ({precision, value: bestCeiling(ceilings, first, "compute", (c) => c.precision === precision)})).filter((peak) => peak.value);
  return {streams, peaks};
}

const ROOF_HEIGHT = 360;
const ROOF_LABEL = 13;  // pixels between labels of roofs

// Labels of limits that would touch become one, which names each with its figure.
function joinedPeaks(peaks, decade) {
  const joined = [];
  for (const peak of [...peaks].sort((a, b) => b.value - a.value)) {
    const last = joined[joined.length - 1];
    if (last && Math.log10(last[0].value / peak.value) * decade < ROOF_LABEL) last.push(peak);
    else joined.push([peak]);
  }
  return joined.map((some) => {
    const unit = rateUnit(some.map((peak) => peak.value / 1e12), some.map((peak) => peak.precision));
    const figure = (peak) => digits(peak.value / 1e12 * unit.scale);
    const same = distinct(some.map(figure)).length === 1;
    return {y: some[0].value, short: figure(some[0]) + unit.name[0],
      text: (same ? some.map((peak) => peak.precision).join(", ") + " " + figure(some[0]) : some.map((peak) => peak.precision + " " + figure(peak)).join(", ")) + " " + unit.name};
  });
}

CHART_ROWS.roofline = (rows, context) => {
  const panels = [], used = [];
  let above = 0;
  for (const some of grouped(rows.filter((row) => drawable(row) && row.record.flops_executed !== null), (row) => [row.device, row.groupThreads, row.mode, row.run].join("|")).values()) {
    const {streams, peaks} = roofs(some, context);
    const memory = streams.length ? streams[0].value : null, fastest = streams.length ? Math.max(...streams.map((stream) => stream.value)) : null;
    const peakOf = new Map(peaks.map((peak) => [peak.precision, peak.value]));
    const xs = some.map((row) => row.flops / row.bytes), ys = some.map((row) => row.tflops * 1e12);
    const ridges = memory ? peaks.map((peak) => peak.value / memory) : [];
    const x = [Math.min(...xs, ...ridges) / 2, Math.max(...xs, ...ridges.map((ridge) => ridge * 1.5)) * 2];
    const y = [Math.min(...ys) / 2, Math.max(...ys, ...peaks.map((peak) => peak.value)) * 1.5];
    const points = some.map((row, at) => {
      // In a run that finds its operands in a cache, only the fastest level binds.
      const stream = row.mode === "cold" ? memory : fastest;
      const roof = Math.min(peakOf.get(arithmetic(row.precision)) || Infinity, stream ? stream * xs[at] : Infinity);
      const over = ys[at] > roof * 1.005;
      above += over;
      return {x: xs[at], y: ys[at], colour: precisionColour(row.precision, context.theme), shape: row.role === "own" ? "circle" : "diamond", over, tip: rowTip(row) + `\n${digits(xs[at])} FLOP/B`};
    });
    const lines = [];
    for (const peak of peaks) {
      const ridge = memory ? peak.value / memory : x[0];
      const from = memory ? Math.max(x[0], y[0] / memory) : x[0];
      for (const px of [Math.max(ridge, from), x[1]]) lines.push({line: peak.precision, x: px, y: peak.value, colour: precisionColour(peak.precision, context.theme), width: 1.6, dash: [1, 0]});
    }
    const most = Math.max(0, ...peaks.map((peak) => peak.value)) || y[1];
    if (memory) for (const px of [Math.max(x[0], y[0] / memory), Math.min(x[1], most / memory)]) lines.push({line: "memory", x: px, y: px * memory, colour: context.theme.ink, width: 1.6, dash: [1, 0]});
    for (const stream of streams.filter((one) => one.level > 0)) {
      const from = Math.max(x[0], y[0] / stream.value);
      for (const px of [from, most / stream.value]) lines.push({line: "L" + stream.level, x: px, y: px * stream.value, colour: context.theme.faint, width: 1, dash: [3, 3]});
    }
    const labels = joinedPeaks(peaks, ROOF_HEIGHT / Math.log10(y[1] / y[0])).map((label) => ({...label, x: x[1]}));
    // Along its diagonal, a little off the axis.
    const slanted = streams.map((stream) => {
      const from = Math.max(x[0], y[0] / stream.value) * Math.pow(x[1] / x[0], 0.03);
      return {x: from, y: from * stream.value, text: (stream.level ? "L" + stream.level : "memory") + " " + bandwidth(stream.value)};
    });
    panels.push({row: some[0], ...panelWords(some[0], context.varies, ["device", "groupThreads", "mode", "runName"]), data: {points, lines, labels, slanted},
      // Where there is no room beside the roofs, their names stand over the panel.
      layout: (width, textWidth) => {
        const room = Math.max(0, ...labels.map((label) => textWidth(label.text))) + 16, narrow = room > 0.34 * width;
        return {padding: {right: narrow ? Math.max(0, ...labels.map((label) => textWidth(label.short))) + 14 : room}, signals: {narrow},
          detail: narrow && labels.length ? "limits: " + labels.map((label) => label.text).join("; ") : ""};
      },
      signals: (width) => ({height: ROOF_HEIGHT, xDomain: x, yDomain: y, xTicks: powers(x[0], x[1], 10, 8), yTicks: logTicks(y[0], y[1], 8),
        angle: -Math.atan((ROOF_HEIGHT / Math.log10(y[1] / y[0])) / (width / Math.log10(x[1] / x[0]))) * 180 / Math.PI})});
    used.push(...some.map((row, at) => ({...tableRow(row), intensity: xs[at], above: points[at].over ? "yes" : ""})));
  }
  const legend = distinct(used.map((row) => row.precision)).sort((a, b) => precisionRank(a) - precisionRank(b)).map((precision) => ({label: precision, colour: precisionColour(precision, context.theme)}));
  legend.push({label: "own kernel", colour: context.theme.soft, shape: "circle"}, {label: "vendor library", colour: context.theme.soft, shape: "diamond"});
  if (above) legend.push({label: "above the roof", colour: context.theme.bad, hollow: true});
  return {panels, legend, note: above ? `${above} point${above === 1 ? " lies" : "s lie"} above the roof, circled: there the limit or the figure is wrong.` : "",
    table: {columns: [...COMMON_COLUMNS, {key: "intensity", title: "FLOP/B", number: true}, ...RATE_COLUMNS, {key: "above", title: "above the roof"}], rows: used}};
};
