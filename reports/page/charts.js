// A chart is a file of charts/ (a Vega spec of one panel, and under `usermeta` its words and which rows it draws)
// and a function of CHART_ROWS that makes panels of the rows. Layout, legends, tables and exports are the same for
// all of them.

const SVG_UP_TO = 1500;  // marks in a panel; beyond, a canvas draws faster than as many elements

function vegaConfig(theme) {
  const text = {labelColor: theme.soft, titleColor: theme.soft, labelFont: theme.font, titleFont: theme.font};
  return {
    background: null, font: theme.font,
    axis: {...text, labelFontSize: CHART_FONT, titleFontSize: CHART_FONT, titleFontWeight: "normal", domainColor: theme.rule, tickColor: theme.rule,
      gridColor: theme.rule, gridOpacity: 0.6, labelOverlap: true, labelPadding: 5, tickSize: 4, aria: false},
    text: {fill: theme.ink, fontSize: CHART_FONT, font: theme.font}, rule: {stroke: theme.soft},
  };
}

class Charts {
  constructor(home, data) {
    this.home = home;
    this.data = data;
    this.turn = 0;
    this.specs = data.page.charts;
    this.figures = new Map();
    for (const spec of this.specs) {
      const figure = el("figure", {id: "chart-" + spec.name, "data-state": "waiting"});
      this.figures.set(spec.name, figure);
      home.append(figure);
    }
  }

  // One chart after the other, with the browser's turn between them; a later call ends an earlier one.
  async draw(rows) {
    const turn = ++this.turn;
    document.documentElement.dataset.charts = "drawing";
    const theme = themeColours();
    const context = {theme, data: this.data, styles: kernelStyles(this.data.rows, theme), varies: variation(this.data.rows)};
    for (const spec of this.specs) {
      await new Promise((resolve) => setTimeout(resolve));
      if (turn !== this.turn) return;
      try {
        await this.drawOne(spec, rows, context);
      } catch (error) {
        this.figures.get(spec.name).dataset.state = "failed";
        console.error(spec.name, error);
      }
    }
    if (turn === this.turn) document.documentElement.dataset.charts = "drawn";
  }

  async drawOne(spec, rows, context) {
    const meta = spec.usermeta, figure = this.figures.get(spec.name);
    for (const view of figure.views || []) view.finalize();
    figure.views = [];
    const made = CHART_ROWS[meta.rows](rows, context, meta);
    const panels = made.panels.slice(0, meta.most || 12);
    if (panels.length === 0) {
      figure.dataset.state = "missing";
      figure.hidden = meta.optional === true;
      figure.replaceChildren(el("p", {class: "missing"}, el("b", {text: meta.title}), ": " + (rows.length ? meta.without : "no records under this filter.")));
      return;
    }
    figure.hidden = false;
    const grid = el("div", {class: "panels"});
    const notes = [made.note, made.panels.length > panels.length ? `${panels.length} of ${made.panels.length} panels are shown; filter to see others.` : ""].filter(Boolean);
    figure.replaceChildren(el("h3", {text: meta.title}), el("p", {class: "caption", text: [meta.caption, ...notes].join(" ")}),
      made.legend && made.legend.length > 1 ? legendOf(made.legend) : "", grid, this.tools(spec, figure, made, context));
    const gap = 32, width = grid.clientWidth || 320;
    const columns = Math.max(1, Math.min(panels.length, Math.floor((width + gap) / ((meta.panelWidth || 400) + gap))));
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const each = Math.min((width - gap * (columns - 1)) / columns, meta.maxWidth || 860);
    figure.layout = {columns, each, gap, panels, legend: made.legend || []};
    for (const panel of panels) await this.drawPanel(spec, panel, grid, each, figure, context);
    figure.dataset.state = "drawn";
  }

  async drawPanel(spec, panel, grid, width, figure, context) {
    const own = JSON.parse(JSON.stringify(spec));
    const layout = panel.layout ? panel.layout(width, (text) => textWidth(text, context.theme)) : {};
    own.padding = {...own.padding, ...layout.padding};
    const inner = Math.max(120, width - own.padding.left - own.padding.right);
    const detail = panel.shown = [panel.detail, layout.detail].filter(Boolean).join("; ");
    own.description = `${spec.usermeta.title}: ${panel.title}${detail ? ", " + detail : ""}. The data stands in a table below the chart.`;
    const home = el("div", {class: "picture"});
    grid.append(el("div", {class: "panel"}, el("h4", {}, panel.title, detail ? el("span", {text: " " + detail}) : null), home));
    const data = typeof panel.data === "function" ? panel.data(inner, (text) => textWidth(text, context.theme)) : panel.data;
    const signals = {...(panel.signals ? panel.signals(inner, width) : {}), ...layout.signals, ink: context.theme.ink, soft: context.theme.soft, rule: context.theme.rule,
      paper: context.theme.paper, bad: context.theme.bad, accent: context.theme.accent};
    for (const signal of own.signals) if (signal.name in signals) signal.value = signals[signal.name];
    own.width = inner;
    const marks = Object.values(data).reduce((sum, values) => sum + values.length, 0);
    const view = new vega.View(vega.parse(own, vegaConfig(context.theme), {ast: true}), {
      expr: vega.expressionInterpreter, renderer: marks > SVG_UP_TO ? "canvas" : "svg", container: home, hover: false,
      logLevel: vega.Warn, tooltip: (handler, event, item, value) => tip(home.parentNode, event, value)});
    for (const [name, values] of Object.entries(data)) view.data(name, values);
    figure.views.push(view);
    await view.runAsync();
  }

  tools(spec, figure, made, context) {
    const name = "gemmark-" + spec.name;
    const details = el("details", {class: "data"}, el("summary", {text: `Data (${made.table.rows.length} rows)`}));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(dataTable(made.table, spec.usermeta.title));
    });
    return el("div", {class: "tools"},
      el("button", {type: "button", text: "SVG", "aria-label": `Save ${spec.usermeta.title} as SVG`, on: {click: async () => save(name + ".svg", "image/svg+xml", await figureSvg(spec, figure, context.theme))}}),
      el("button", {type: "button", text: "CSV", "aria-label": `Save the data of ${spec.usermeta.title} as CSV`, on: {click: () => save(name + ".csv", "text/csv", csv(made.table.columns, made.table.rows))}}),
      details);
  }
}

function dataTable(table, title) {
  const most = 500;
  const head = el("tr", {}, ...table.columns.map((column) => el("th", {scope: "col", class: column.number ? "n" : null, text: column.title})));
  const body = table.rows.slice(0, most).map((row) => el("tr", {}, ...table.columns.map((column) => el("td", {class: column.number ? "n" : null,
    text: row[column.key] === null || row[column.key] === undefined ? "–" : typeof row[column.key] === "number" ? String(+row[column.key].toPrecision(5)) : row[column.key]}))));
  return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Data of " + title},
    el("table", {}, el("caption", {text: table.rows.length > most ? `The first ${most} of ${table.rows.length} rows; the CSV has all.` : ""}), el("thead", {}, head), el("tbody", {}, ...body)));
}

function tip(panel, event, value) {
  const old = panel.querySelector(".tip");
  if (old) old.remove();
  if (!value) return;
  const box = el("div", {class: "tip", text: value});
  panel.append(box);
  const place = panel.getBoundingClientRect();
  const x = event.clientX - place.left + 14;
  box.style.left = Math.max(0, Math.min(x, place.width - box.offsetWidth)) + "px";
  box.style.top = event.clientY - place.top + 14 + "px";
}
