// Figures as people read them, in decimal units.

function digits(value) {
  if (value === null || value === undefined || !isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.0005 || size >= 1e7) return value.toExponential(1);
  return value.toFixed(size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

const TIME_UNITS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];

function seconds(value) {
  if (!value) return "–";
  const unit = TIME_UNITS.find(([size]) => value >= 0.9995 * size) || TIME_UNITS[3];
  return digits(value / unit[0]) + " " + unit[1];
}

// The unit in which the middle of these times reads well: [seconds, name].
function timeUnit(values) {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return TIME_UNITS.find(([size]) => middle >= size) || TIME_UNITS[3];
}

function percent(fraction) {
  if (fraction === null || fraction === undefined) return "–";
  return (100 * fraction).toFixed(fraction < 0.0995 ? 1 : 0) + "%";
}

function times(ratio) {
  return ratio.toFixed(ratio < 0.0995 ? 3 : ratio < 9.95 ? 2 : ratio < 99.5 ? 1 : 0) + "×";
}

const INTEGERS = ["int8", "int4"];

// The unit in which the largest of these rates (in TFLOP/s) reads well: {scale, name}. Integers have no floating point.
function rateUnit(tflops, precisions) {
  const most = Math.max(0, ...tflops), whole = precisions.filter((precision) => INTEGERS.includes(precision)).length;
  const name = whole === 0 ? "FLOP/s" : whole === precisions.length ? "OP/s" : "(FL)OP/s";
  if (most >= 1000) return {scale: 1e-3, name: "P" + name};
  return most >= 1 ? {scale: 1, name: "T" + name} : {scale: 1e3, name: "G" + name};
}

function rate(tflops, precision) {
  if (tflops === null || tflops === undefined) return "–";
  const unit = rateUnit([tflops], [precision]);
  return digits(tflops * unit.scale) + " " + unit.name;
}

function bandwidth(bytes) {
  return bytes >= 0.9995e12 ? digits(bytes / 1e12) + " TB/s" : digits(bytes / 1e9) + " GB/s";
}

function halfWidth(row) {
  if (!row.ci || !row.median) return "–";
  return (row.stop === "noisy" ? "~" : "") + "±" + percent((row.ci[1] - row.ci[0]) / 2 / row.median);
}

// Powers of two (or ten) inside a domain, at most so many.
function powers(low, high, base, most) {
  const first = Math.ceil(Math.log(low) / Math.log(base) - 1e-9);
  const last = Math.floor(Math.log(high) / Math.log(base) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks = [];
  for (let at = first; at <= last; at += step) ticks.push(Math.pow(base, at));
  return ticks;
}

// Ticks of a logarithmic axis that may span less than a decade: 1, 2, 5, 10, … as many as fit.
function logTicks(low, high, most) {
  for (const steps of [[1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.2, 1.5, 2, 3, 4, 6, 8], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3]]) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power)
      for (const step of steps) {
        const tick = +(step * Math.pow(10, power)).toPrecision(3);
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    if (ticks.length <= most) return ticks;
  }
  return powers(low, high, 10, most);
}
