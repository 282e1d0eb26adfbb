// All records: a page of rows at a time, sorted by any column, each with everything that was recorded behind it.

const PAGE_ROWS = 50;

function tableColumns(rows) {
  const many = (field) => distinct(rows.map((row) => row[field])).length > 1;
  const vendor = rows.some((row) => row.ratio !== null);
  return [
    many("runName") && {key: "runName", title: "run"},
    {key: "kernel", title: "kernel", class: "k"},
    many("op") && {key: "op", title: "operation"},
    {key: "problem", title: "problem", class: "k"},
    {key: "precision", title: "precision"},
    many("engine") && {key: "engine", title: "runs on"},
    many("device") && {key: "device", title: "device"},
    rows.some((row) => row.device === "host") && {key: "threads", title: "threads", number: true, text: (row) => String(row.threads)},
    many("mode") && {key: "mode", title: "mode"},
    many("data") && {key: "data", title: "data"},
    {key: "median", title: "time a call", number: true, text: (row) => seconds(row.median)},
    {key: "interval", title: "±95%", number: true, text: halfWidth},
    {key: "tflops", title: "rate", number: true, text: (row) => rate(row.tflops, row.precision)},
    {key: "gbps", title: "GB/s", number: true, text: (row) => digits(row.gbps)},
    {key: "fraction", title: "of limit", number: true, text: (row) => percent(row.fraction)},
    vendor && {key: "ratio", title: "over vendor", number: true, text: (row) => row.ratio === null ? "–" : times(row.ratio)},
    {key: "errorRatio", title: "error/bound", number: true, text: (row) => digits(row.errorRatio)},
    {key: "status", title: "status"},
  ].filter(Boolean);
}

// Without a wish: comparison by comparison, fastest first, what failed last; then all that was never tried.
function comparisonOrder(a, b) {
  return a.refused - b.refused || a.group - b.group || a.rank - b.rank || (a.device < b.device ? -1 : a.device > b.device ? 1 : 0) ||
    (a.ranked ? a.median : Infinity) - (b.ranked ? b.median : Infinity) || a.i - b.i;
}

function sorted(rows, sort) {
  if (!sort) return [...rows].sort(comparisonOrder);
  const key = sort.replace(/^-/, ""), way = sort[0] === "-" ? -1 : 1;
  const nothing = (value) => value === null || value === undefined || value === "";
  const known = rows.filter((row) => !nothing(row[key])).sort((a, b) => (a[key] < b[key] ? -way : a[key] > b[key] ? way : a.i - b.i));
  return known.concat(rows.filter((row) => nothing(row[key])));
}

class RecordTable {
  constructor(home, rows, state, changed) {
    this.state = state;
    this.changed = changed;
    this.columns = tableColumns(rows);
    if (!this.columns.some((column) => column.key === state.sort.replace(/^-/, ""))) state.sort = "";
    this.first = 0;
    this.body = el("tbody");
    this.heads = this.columns.map((column) => el("th", {scope: "col", class: column.number ? "n" : null},
      el("button", {type: "button", text: column.title, on: {click: () => this.sortBy(column)}})));
    this.table = el("table", {"aria-label": "All records"}, el("thead", {}, el("tr", {}, ...this.heads, el("th", {scope: "col", text: "again"}))), this.body);
    this.place = el("span", {role: "status"});
    this.before = el("button", {type: "button", text: "Previous", on: {click: () => this.turn(-1)}});
    this.after = el("button", {type: "button", text: "Next", on: {click: () => this.turn(1)}});
    const file = el("button", {type: "button", text: "CSV", on: {click: () => this.export()}});
    home.replaceChildren(el("div", {class: "pager"}, this.before, this.after, this.place, file),
      el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Records, scrolls sideways"}, this.table));
  }

  sortBy(column) {
    const down = column.number ? "-" + column.key : column.key, up = column.number ? column.key : "-" + column.key;
    this.state.sort = this.state.sort === down ? up : this.state.sort === up ? "" : down;
    this.changed();
  }

  turn(way) {
    this.first = Math.max(0, this.first + way * PAGE_ROWS);
    this.draw();
  }

  show(rows) {
    this.rows = sorted(rows, this.state.sort);
    this.first = 0;
    this.draw();
  }

  draw() {
    const last = Math.min(this.first + PAGE_ROWS, this.rows.length);
    this.body.replaceChildren(...this.rows.slice(this.first, last).map((row) => this.line(row)));
    this.columns.forEach((column, i) => this.heads[i].setAttribute("aria-sort", this.state.sort === column.key ? "ascending"
      : this.state.sort === "-" + column.key ? "descending" : "none"));
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.place.textContent = this.rows.length === 0 ? "No records" : `${this.first + 1}–${last} of ${this.rows.length}`;
    this.before.disabled = this.first === 0;
    this.after.disabled = last === this.rows.length;
  }

  line(row) {
    const cells = this.columns.map((column) => this.cell(row, column));
    const repeat = el("button", {type: "button", text: "copy", title: row.repro, "aria-label": "Copy the command that measures this row again",
      on: {click: () => copy(row.repro, repeat)}});
    return el("tr", {"data-i": String(row.i)}, ...cells, el("td", {}, repeat));
  }

  cell(row, column) {
    if (column.key === "kernel") {
      const open = el("button", {type: "button", text: row.kernel, "aria-expanded": "false", on: {click: () => this.expand(row, open)}});
      return el("td", {class: "k"}, open);
    }
    if (column.key === "status")
      return el("td", {class: "why"}, el("span", {class: "status " + row.status.replace(/[^a-z]/g, ""), text: row.status}),
        row.why && !row.ranked ? ": " + clean(row.why, 300) : null);
    return el("td", {class: column.number ? "n" : column.class || null, text: column.text ? column.text(row) : row[column.key]});
  }

  expand(row, button) {
    const line = button.closest("tr");
    if (button.getAttribute("aria-expanded") === "true") {
      line.nextSibling.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const list = el("dl");
    for (const [key, value] of Object.entries(row.record)) {
      if (key === "record" || value === null || value === "") continue;
      const text = key === "samples_s" ? `${value.length}: ${value.slice(0, 40).map(seconds).join(", ")}${value.length > 40 ? " …" : ""}`
        : clean(typeof value === "string" ? value : JSON.stringify(value));
      list.append(el("dt", {text: key}), el("dd", {}, key === "repro" ? el("code", {text}) : text));
    }
    line.after(el("tr", {class: "detail"}, el("td", {colspan: String(this.columns.length + 1)}, list)));
  }

  export() {
    save("records.csv", "text/csv", csv([...this.columns, {key: "why", title: "why"}, {key: "repro", title: "repro"}], this.rows));
  }
}

async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", {}, text);
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  button.textContent = done ? "copied" : "cannot copy";
  setTimeout(() => { button.textContent = "copy"; }, 1500);
}
