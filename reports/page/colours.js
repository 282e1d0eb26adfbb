// One colour a backend, everywhere on the page; the steps of a backend's ladder are shades of it, lighter and darker by
// turns, so that neighbours differ. Vendors are dashed.

const BACKEND_COLOURS = {
  cpu: ["#80858d", "#a3a8b0"], avx2: ["#2f8f9d", "#62c3d0"], avx512: ["#1f5fa8", "#6ea8f0"], amx: ["#3d4fb5", "#97a4f5"],
  openblas: ["#d0661f", "#f39a5c"], blis: ["#a57d1c", "#dcb75a"], onednn: ["#b8326a", "#f07fab"], mkl: ["#7a5230", "#c79a70"],
  cuda: ["#3b8a3f", "#7bca7f"], wmma: ["#8a8a12", "#cccc55"], mma: ["#12857a", "#4fcabd"], wgmma: ["#7b2fa8", "#c48bf0"],
  cublas: ["#c23b2c", "#f58a7d"], cublaslt: ["#a3336f", "#ec84bb"], cudnn: ["#6f5a1e", "#c9b26a"],
};
const PRECISION_COLOURS = {
  fp64: ["#6b6f76", "#a8acb4"], fp32: ["#1f5fa8", "#6ea8f0"], tf32: ["#1d8a99", "#5cc7d6"], fp16: ["#3b8a3f", "#7bca7f"],
  fp16acc16: ["#8a8a12", "#cccc55"], bf16: ["#d0661f", "#f39a5c"], fp8: ["#b8326a", "#f07fab"],
  fp8e5m2: ["#7d2f5c", "#d891bd"], int8: ["#5b45a8", "#a592f0"], int4: ["#3f7d8c", "#8fd0e0"], w4a16: ["#7a5230", "#c79a70"], w8a16: ["#a57d1c", "#dcb75a"],
};
const SPARE_COLOURS = [["#4a6c8c", "#93b5d6"], ["#8c4a4a", "#d69393"], ["#4a8c5e", "#93d6a7"], ["#7a4a8c", "#c493d6"]];
const OWN_SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"];
const VENDOR_SHAPES = ["diamond", "cross", "triangle-right", "square"];

function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue("--" + name).trim();
  const hint = document.documentElement.dataset.theme;
  const dark = hint ? hint === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  return {dark, paper: read("paper"), ink: read("ink"), soft: read("soft"), faint: read("faint"), rule: read("rule"),
    bad: read("bad"), accent: read("accent"), font: getComputedStyle(document.body).fontFamily};
}

function mixed(colour, paper, share) {
  const part = (hex, at) => parseInt(hex.slice(at, at + 2), 16);
  return "#" + [1, 3, 5].map((at) => Math.round(part(colour, at) * share + part(paper, at) * (1 - share))
    .toString(16).padStart(2, "0")).join("");
}

const SHADES = [["paper", 1], ["ink", 0.62], ["paper", 0.7], ["ink", 0.4], ["paper", 0.55], ["ink", 0.8], ["paper", 0.82]];

// How every kernel looks: {colour, shape, dash}, from all records, so that a filter changes no colour.
function kernelStyles(rows, theme) {
  const speed = new Map();
  for (const row of rows) if (row.ranked) speed.set(row.kernel, Math.max(speed.get(row.kernel) || 0, row.tflops || 0));
  const backends = grouped(rows, (row) => row.backend);
  const styles = new Map();
  let spare = 0;
  for (const backend of [...backends.keys()].sort()) {
    const pair = BACKEND_COLOURS[backend] || SPARE_COLOURS[spare++ % SPARE_COLOURS.length];
    const members = backends.get(backend);
    const vendor = members[0].role !== "own";
    const kernels = distinct(members.map((row) => row.kernel)).sort((a, b) => (speed.get(b) || 0) - (speed.get(a) || 0) || (a < b ? -1 : 1));
    kernels.forEach((kernel, rank) => styles.set(kernel, {
      colour: mixed(pair[theme.dark ? 1 : 0], theme[SHADES[rank % SHADES.length][0]], SHADES[rank % SHADES.length][1]),
      shape: (vendor ? VENDOR_SHAPES : OWN_SHAPES)[rank % (vendor ? VENDOR_SHAPES : OWN_SHAPES).length],
      dash: vendor ? [5, 3] : [1, 0], speed: speed.get(kernel) || 0, vendor,
      family: vendor ? "vendor libraries" : members[0].engine,
    }));
  }
  return styles;
}

function precisionColour(precision, theme) {
  return (PRECISION_COLOURS[precision] || SPARE_COLOURS[0])[theme.dark ? 1 : 0];
}
