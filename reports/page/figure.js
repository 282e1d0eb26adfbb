// Legends, the widths of labels, and a whole figure as one SVG file: what Vega does not draw.

const CHART_FONT = 11;  // pixels, of every label in a chart

// What a label of a chart takes, in pixels.
function textWidth(text, theme) {
  const pen = textWidth.pen || (textWidth.pen = document.createElement("canvas").getContext("2d"));
  pen.font = `${CHART_FONT}px ${theme.font}`;
  return pen.measureText(text).width;
}

// Entries by the family they belong to, where there are several.
function families(legend) {
  const all = [...grouped(legend, (entry) => entry.family || "")];
  return all.length > 1 ? all : [["", legend]];
}

function legendOf(legend) {
  return el("div", {class: "legends"}, ...families(legend).map(([family, entries]) =>
    el("ul", {class: "legend", "aria-label": family || "Legend"}, family ? el("li", {class: "family", text: family}) : null,
      ...entries.map((entry) => el("li", {}, swatch(entry), entry.label)))));
}

const SYMBOLS = {none: "M0,0", tick: "M-0.6,-5h1.2v10h-1.2z", circle: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", square: "M-3.6,-3.6h7.2v7.2h-7.2z", diamond: "M0,-4.8L4.2,0L0,4.8L-4.2,0z",
  cross: "M-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z", "triangle-up": "M0,-4.4L4.4,3.6H-4.4z", "triangle-down": "M0,4.4L4.4,-3.6H-4.4z", "triangle-right": "M4.4,0L-3.6,4.4V-4.4z"};

function swatch(entry) {
  const box = svgEl("svg", {width: 26, height: 12, viewBox: "-13 -6 26 12", "aria-hidden": "true"});
  if (entry.dash) box.append(svgEl("line", {x1: -13, x2: 13, y1: 0, y2: 0, stroke: entry.colour, "stroke-width": 1.8, "stroke-dasharray": entry.dash[1] ? entry.dash.join(" ") : "none"}));
  box.append(svgEl("path", {d: SYMBOLS[entry.shape || "circle"], fill: entry.hollow ? "none" : entry.colour, stroke: entry.colour, "stroke-width": 1.4}));
  return box;
}

// The panels as they stand on the page, with title and legend, as one picture on the page's background.
async function figureSvg(spec, figure, theme) {
  const {columns, each, gap, panels, legend} = figure.layout;
  const width = Math.round(columns * each + gap * (columns - 1)) + 32;
  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[c]);
  const words = (x, y, size, text, weight, fill) => `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escape(text)}</text>`;
  let out = words(16, 30, 16, spec.usermeta.title, 600, theme.ink);
  const long = (text, bold) => textWidth(text, theme) * bold * 12 / CHART_FONT;
  let x = 16, y = 52;
  for (const [family, entries] of legend.length > 1 ? families(legend) : []) {
    if (x > 16) { x = 16; y += 18; }
    if (family) out += words(x, y, 12, family, 600, theme.soft);
    x += family ? long(family, 1.1) + 14 : 0;
    for (const entry of entries) {
      const room = 50 + long(entry.label, 1);
      if (x + room > width && x > 16) { x = 16; y += 18; }
      const dash = entry.dash && entry.dash[1] ? entry.dash.join(" ") : "none";
      out += `<g transform="translate(${x + 13},${y - 4})">` + (entry.dash ? `<line x1="-13" x2="13" y1="0" y2="0" stroke="${entry.colour}" stroke-width="1.8" stroke-dasharray="${dash}"/>` : "") +
        `<path d="${SYMBOLS[entry.shape || "circle"]}" fill="${entry.hollow ? "none" : entry.colour}" stroke="${entry.colour}" stroke-width="1.4"/></g>` + words(x + 32, y, 12, entry.label, 400, theme.ink);
      x += room;
    }
  }
  let top = y + 16, tallest = 0;
  for (let i = 0; i < panels.length; ++i) {
    if (i > 0 && i % columns === 0) { top += tallest + 24; tallest = 0; }
    const left = 16 + (i % columns) * (each + gap);
    const svg = await figure.views[i].toSVG();
    tallest = Math.max(tallest, +(/height="([\d.]+)"/.exec(svg) || [0, 300])[1] + 20);
    out += words(left, top + 14, 12.5, panels[i].title + (panels[i].shown ? " " + panels[i].shown : ""), 600, theme.ink) + svg.replace("<svg ", `<svg x="${left}" y="${top + 20}" `);
  }
  const height = Math.round(top + tallest + 20);
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escape(theme.font)}">` +
    `<rect width="100%" height="100%" fill="${theme.paper}"/>${out}</svg>\n`;
}
