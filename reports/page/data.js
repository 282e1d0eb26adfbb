// The records in the page, as rows that table and charts share.

const PRECISIONS = ["fp64", "fp32", "tf32", "fp16", "fp16acc16", "bf16", "fp8", "fp8e5m2", "int8", "w4a16", "w8a16"];

function readPage() {
  const page = JSON.parse(document.getElementById("gemmark-page").textContent);
  const data = {page, runs: page.runs.map((name) => clean(name, 60)), rows: [], ceilings: [], extra: []};
  let run = -1;
  for (const line of document.getElementById("gemmark-records").textContent.split("\n")) {
    if (line.trim() === "") continue;
    const record = JSON.parse(line);
    if (record.record === "context") run += "resumes" in record ? 0 : 1;
    else if (record.record === "result") data.rows.push(resultRow(record, data.rows.length, data));
    else if (record.record === "ceiling") data.ceilings.push({...record, run});
    else if (record.record !== "end") data.extra.push({...record, run});
  }
  return data;
}

function resultRow(record, i, data) {
  const is = data.page.relations;
  const text = (key) => clean(String(record[key] ?? ""));
  return {
    i, record, run: is.run[i], runName: data.runs[is.run[i]], group: is.group[i], groupThreads: is.threads[i],
    size: is.size[i], vendor: is.vendor[i], speedup: is.speedup[i], problem: clean(is.problem[i], 120),
    op: text("op"), comparison: text("comparison"), precision: text("precision"),
    kernel: clean(record.kernel.replace(/^[^/]*\//, ""), 80), backend: text("backend"), role: text("role"),
    device: text("device"), threads: record.threads, mode: text("mode"), data: text("data"), status: text("status"),
    why: text("why"), stop: text("stop"), bound: text("bound"), repro: text("repro"),
    median: record.median_s, ci: record.ci95_s, tflops: record.tflops, gbps: record.gbps,
    fraction: record.ceiling_fraction, flops: record.flops, bytes: record.bytes,
    error: record.error, errorRatio: record.error_bound > 0 ? record.error / record.error_bound : null,
    ratio: is.speedup[i] ? is.speedup[i][0] : null,
    interval: record.ci95_s && record.median_s ? (record.ci95_s[1] - record.ci95_s[0]) / 2 / record.median_s : null,
    ranked: record.status === "ok" && record.median_s > 0,
  };
}

function precisionRank(name) {
  const rank = PRECISIONS.indexOf(name);
  return rank < 0 ? PRECISIONS.length : rank;
}

// Values by key, in the order in which the keys appear.
function grouped(values, key) {
  const groups = new Map();
  for (const value of values) {
    const name = key(value);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(value);
  }
  return groups;
}

function distinct(values) { return [...new Set(values)]; }

// The best measured limit that fits, or null; of that number of threads where it was measured for it.
function bestCeiling(ceilings, row, kind, fits) {
  const all = ceilings.filter((c) => c.run === row.run && c.device === row.device && c.kind === kind && fits(c));
  const same = all.filter((c) => c.threads === row.groupThreads);
  const values = (same.length ? same : all).map((c) => c.value);
  return values.length ? Math.max(...values) : null;
}

// What the vendor states, where the run knows it.
function datasheetPeak(ceilings, row) {
  const values = ceilings.filter((c) => c.run === row.run && c.device === row.device && c.kind === "compute" && c.precision === row.precision && c.datasheet).map((c) => c.datasheet);
  return values.length ? Math.max(...values) : null;
}

function computeCeiling(ceilings, row) {
  return bestCeiling(ceilings, row, "compute", (c) => c.precision === row.precision);
}
