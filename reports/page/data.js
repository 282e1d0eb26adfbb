// The records in the page, as rows that table and charts share.

const PRECISIONS = ["fp64", "fp32", "tf32", "fp16", "fp16acc16", "bf16", "fp8", "fp8e5m2", "int8", "int4", "w4a16", "w8a16"];

// The text of a block of the page: base64 of a zlib stream.
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

async function readPage() {
  const [description, records] = await Promise.all(["gemmark-page", "gemmark-records"].map(unpacked));
  const page = JSON.parse(description);
  const data = {page, runs: page.runs.map((name) => clean(name, 60)), rows: [], ceilings: [], extra: []};
  let run = -1;
  for (const line of records.split("\n")) {
    if (line.trim() === "") continue;
    const record = JSON.parse(line);
    if (record.record === "context") run += "resumes" in record ? 0 : 1;
    else if (record.record === "result") data.rows.push(resultRow(record, data.rows.length, data));
    else if (record.record === "ceiling") data.ceilings.push({...record, run});
    else if (record.record !== "end") data.extra.push({...record, run});
  }
  nameDevices(data.rows);
  return data;
}

// "CPU" and "GPU", as long as there is one of the kind; else the device's own name.
function nameDevices(rows) {
  const gpus = distinct(rows.map((row) => row.device)).filter((device) => device.startsWith("cuda"));
  for (const row of rows) row.where = row.device === "host" ? "CPU" : gpus.length === 1 && row.device === gpus[0] ? "GPU" : row.device;
}

const REFUSED = ["unsupported", "unavailable", "skipped"];

function resultRow(record, i, data) {
  const is = data.page.relations;
  const text = (key) => clean(String(record[key] ?? ""));
  return {
    i, record, run: is.run[i], runName: data.runs[is.run[i]], group: is.group[i], groupThreads: is.threads[i],
    size: is.size[i], vendor: is.vendor[i], speedup: is.speedup[i], problem: clean(is.problem[i], 120),
    engine: is.engine[i], where: text("device"), throttled: record.throttle ? "yes" : "", beside: is.beside[i] ? "others" : "",
    op: text("op"), comparison: text("comparison"), precision: text("precision"),
    kernel: clean(record.kernel.replace(/^[^/]*\//, ""), 80), backend: text("backend"), role: text("role"),
    device: text("device"), threads: record.threads, mode: text("mode"), data: text("data"), status: text("status"),
    why: text("why"), stop: text("stop"), bound: text("bound"), repro: text("repro"),
    median: record.median_s, ci: record.ci95_s, tflops: record.tflops, gbps: record.gbps,
    fraction: record.ceiling_fraction, flops: record.flops, bytes: record.bytes,
    error: record.error, errorRatio: record.error_bound > 0 ? record.error / record.error_bound : null,
    ratio: is.speedup[i] ? is.speedup[i][0] : null,
    interval: record.ci95_s && record.median_s ? (record.ci95_s[1] - record.ci95_s[0]) / 2 / record.median_s : null,
    rank: precisionRank(record.precision), refused: REFUSED.includes(record.status), ranked: record.status === "ok" && record.median_s > 0,
  };
}

// What the multiplications are in: narrow weights are widened before.
function arithmetic(precision) { return precision === "w4a16" || precision === "w8a16" ? "fp16" : precision; }

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
  const values = ceilings.filter((c) => c.run === row.run && c.device === row.device && c.kind === "compute" && c.precision === arithmetic(row.precision) && c.datasheet).map((c) => c.datasheet);
  return values.length ? Math.max(...values) : null;
}

function limitWord(row) { return row.bound === "bandwidth" ? "memory" : row.bound; }

function computeCeiling(ceilings, row) {
  return bestCeiling(ceilings, row, "compute", (c) => c.precision === arithmetic(row.precision));
}
