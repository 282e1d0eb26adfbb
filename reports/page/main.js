// Starts the page: what is shown follows the filter, the filter follows the address, colours follow the reader.

const THEMES = [["", "Auto", "as the system has them"], ["light", "Light", "light"], ["dark", "Dark", "dark"]];

function themeSwitch(button, redraw) {
  let at = 0;
  button.addEventListener("click", () => {
    at = (at + 1) % THEMES.length;
    const [theme, label, words] = THEMES[at];
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    button.textContent = label;
    button.setAttribute("aria-label", "Colours: " + words);
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
}

async function start() {
  const data = await readPage();
  const state = readAddress();
  const count = document.getElementById("count"), form = document.querySelector("#filters form");
  const able = typeof vega === "object" && Boolean(vega.View && vega.expressionInterpreter);
  const figures = document.getElementById("figures");
  document.getElementById("charts").hidden = false;
  const charts = able ? new Charts(figures, data) : null;
  if (!charts) figures.append(el("p", {class: "missing", text: "This report was built without Vega, and has no charts; gemmark report --vega FILE brings a copy of it."}));
  let rows = data.rows, waiting = 0;
  const redraw = (delay) => {
    clearTimeout(waiting);
    document.documentElement.dataset.charts = charts ? "drawing" : "none";
    if (charts) waiting = setTimeout(() => charts.draw(rows), delay || 0);
  };
  const filterChanged = () => {
    rows = visibleRows(data.rows, state);
    table.show(rows);
    count.textContent = rows.length === data.rows.length ? `${rows.length} records. Charts and table follow this filter; the address keeps it.`
      : `${rows.length} of ${data.rows.length} records`;
  };
  const changed = () => {
    writeAddress(state);
    filterChanged();
    redraw(250);
  };
  const table = new RecordTable(document.getElementById("table"), data.rows, state, () => { writeAddress(state); table.show(rows); });

  document.getElementById("filters").hidden = data.rows.length === 0;
  filterForm(form, data.rows, state, changed);
  filterChanged();
  redraw();
  themeSwitch(document.getElementById("theme"), redraw);
  addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    Object.assign(state, readAddress());
    filterForm(form, data.rows, state, changed);
    filterChanged();
    redraw();
    document.getElementById("records").scrollIntoView();
  });
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    redraw(250);
  });
  document.documentElement.dataset.ready = "yes";
}

// The headline is painted first; a page that is not looked at is never painted, and starts all the same.
let started = false;
function startOnce() {
  if (started) return;
  started = true;
  start().catch((error) => {
    console.error(error);
    document.documentElement.dataset.ready = "failed";
    document.getElementById("table").append(el("p", {class: "warning", text: typeof DecompressionStream === "undefined"
      ? "This browser cannot unpack the records (it lacks DecompressionStream, which browsers have since 2023). gemmark export takes them out of this file."
      : "The records in this page cannot be read; the file may be damaged. " + error}));
  });
}
requestAnimationFrame(() => setTimeout(startOnce));
setTimeout(startOnce, 1000);
