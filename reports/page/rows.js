// What each chart draws of the records: panels with their data, a legend, and the table behind them.

const CHART_ROWS = {};

// Which fields tell rows apart, over all records: only those are worth words in a title.
function variation(rows) {
  const many = {};
  for (const field of ["runName", "op", "device", "mode", "data", "role"]) many[field] = distinct(rows.map((row) => row[field])).length > 1;
  // Kernels of one thread stand in the comparisons of all threads, so that those count.
  many.groupThreads = [...grouped(rows, (row) => row.runName + row.device).values()].some((some) => distinct(some.map((row) => row.groupThreads)).length > 1);
  return many;
}

// "fp32" and "host, hot": what a panel of these rows is, without what all records share.
function panelWords(row, varies, fields) {
  const told = (field) => (varies[field] || !(field in varies)) && !(field === "groupThreads" && row.device !== "host");
  const words = fields.filter(told).map((field) => field === "groupThreads" ? row[field] + (row[field] === 1 ? " thread" : " threads") : field === "device" ? row.where : row[field]);
  return {title: words[0] || row.where, detail: words.slice(1).join(", ")};
}

const FAMILIES = ["Tensor cores", "CUDA cores", "CPU"];

function kernelLegend(rows, context) {
  return distinct(rows.map((row) => row.kernel)).map((kernel) => ({label: kernel, ...context.styles.get(kernel)}))
    .sort((a, b) => a.vendor - b.vendor || FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family) || b.speed - a.speed);
}

function order(panels) {
  return panels.sort((a, b) => precisionRank(a.row.precision) - precisionRank(b.row.precision) || (a.row.device < b.row.device ? -1 : a.row.device > b.row.device ? 1 : 0) ||
    b.row.groupThreads - a.row.groupThreads || (a.row.mode < b.row.mode ? -1 : a.row.mode > b.row.mode ? 1 : 0) || a.row.run - b.row.run);
}

function look(row, context) {
  const style = context.styles.get(row.kernel);
  return {kernel: row.kernel, colour: style.colour, shape: style.shape, dash: style.dash};
}

function rowTip(row) {
  return [`${row.kernel}, ${row.precision}`, row.problem, `${rate(row.tflops, row.precision)} in ${seconds(row.median)} ${halfWidth(row)}`,
    row.fraction !== null ? `${percent(row.fraction)} of the ${limitWord(row)} limit` : "",
    row.ratio !== null ? `${times(row.ratio)} the best vendor` : "", row.status === "ok" ? "" : row.status].filter(Boolean).join("\n");
}

const COMMON_COLUMNS = [{key: "runName", title: "run"}, {key: "device", title: "device"}, {key: "mode", title: "mode"}, {key: "precision", title: "precision"},
  {key: "problem", title: "problem"}, {key: "kernel", title: "kernel"}, {key: "threads", title: "threads", number: true}];
const RATE_COLUMNS = [{key: "median", title: "seconds a call", number: true}, {key: "low", title: "95% from", number: true}, {key: "high", title: "95% to", number: true},
  {key: "tflops", title: "TFLOP/s", number: true}, {key: "fraction", title: "of limit", number: true}, {key: "ratio", title: "over vendor", number: true}];

function tableRow(row) {
  return {...row, record: undefined, low: row.ci ? row.ci[0] : null, high: row.ci ? row.ci[1] : null};
}

const LABEL_ROOM = 16;  // pixels that a label above a line needs

// What the measured limit and the vendor's statement are on an axis of that many pixels up to `most`; 0 where there is
// none. A label that would touch the line above it stands over both, with a piece of its own line before it.
function limits(measured, stated, most, height) {
  const lines = [];
  const up = (value) => height * (1 - value / most) < LABEL_ROOM;
  if (measured) lines.push({y: measured, label: `— compute limit ${digits(measured)}`, stated: false, up: up(measured)});
  if (stated) lines.push({y: stated, label: `⋯ datasheet ${digits(stated)}`, stated: true, up: up(stated)});
  return lines;
}

const RATIO_SHOWN = 0.25;  // slower than that is on the chart above, and would flatten what matters near 1

const PERFORMANCE_HEIGHT = 210;

function drawable(row) { return (row.ranked || row.status === "mistrusted") && row.tflops > 0; }

CHART_ROWS.performance = (rows, context) => {
  const fit = rows.filter((row) => drawable(row) && row.size !== null);
  const panels = [], used = [];
  for (const some of grouped(fit, (row) => [row.op, row.precision, row.device, row.groupThreads, row.mode, row.data, row.run].join("|")).values()) {
    if (distinct(some.map((row) => row.size)).length < 2) continue;
    const ceiling = computeCeiling(context.data.ceilings, some[0]);
    const unit = rateUnit([...some.map((row) => row.tflops), (ceiling || 0) / 1e12], some.map((row) => row.precision));
    const points = some.map((row) => ({...look(row, context), size: row.size, y: row.tflops * unit.scale,
      low: row.ci ? row.flops / row.ci[1] / 1e12 * unit.scale : null, high: row.ci ? row.flops / row.ci[0] / 1e12 * unit.scale : null,
      ratio: row.ratio, mistrusted: row.status !== "ok", tip: rowTip(row)})).sort((a, b) => a.size - b.size);
    const sizes = points.map((point) => point.size), ratios = points.map((point) => point.ratio).filter((ratio) => ratio > 0);
    const top = ceiling === null ? 0 : ceiling / 1e12 * unit.scale;
    const sheet = datasheetPeak(context.data.ceilings, some[0]), stated = sheet === null ? 0 : sheet / 1e12 * unit.scale;
    const yMax = Math.max(top, stated, ...points.map((point) => Math.max(point.y, point.high || 0))) * (ceiling === null ? 1.05 : 1);
    const near = ratios.filter((ratio) => ratio >= RATIO_SHOWN);
    const ratioDomain = [Math.min(0.8, ...near) / 1.1, Math.max(1.25, ...near) * 1.1];
    panels.push({row: some[0], ...panelWords(some[0], context.varies, ["precision", "op", "device", "groupThreads", "mode", "data", "runName"]),
      data: {points, ratios: points.filter((point) => point.ratio >= RATIO_SHOWN), ceilings: limits(top, stated, yMax, PERFORMANCE_HEIGHT)},
      signals: (width) => ({xDomain: [Math.min(...sizes) / 1.12, Math.max(...sizes) * 1.12], xTicks: powers(Math.min(...sizes) / 1.12, Math.max(...sizes) * 1.12, 2, width / 45),
        yMax, mainHeight: PERFORMANCE_HEIGHT, unit: unit.name, ratioDomain,
        ratioTicks: near.length ? logTicks(ratioDomain[0], ratioDomain[1], 4) : [], ratioHeight: near.length ? 84 : 1, ratioShown: near.length > 0})});
    used.push(...some);
  }
  return {panels: order(panels), legend: kernelLegend(used, context), table: {columns: [...COMMON_COLUMNS, {key: "size", title: "size", number: true}, ...RATE_COLUMNS], rows: used.map(tableRow)}};
};
