// What is shown: one filter for charts and records, written into the address, so that a view can be linked to.

const FILTERS = [["run", "runName", "run"], ["op", "op", "operation"], ["precision", "precision", "precision"],
  ["device", "device", "device"], ["engine", "engine", "runs on"], ["backend", "backend", "backend"], ["role", "role", "role"], ["threads", "groupThreads", "threads"],
  ["mode", "mode", "mode"], ["status", "status", "status"], ["stop", "stop", "interval"],
  ["throttled", "throttled", "clocks lowered"], ["beside", "beside", "samples beside"]];

function readAddress() {
  const text = location.hash.slice(1);
  const wanted = new URLSearchParams(text.includes("=") ? text : "");
  const state = {q: wanted.get("q") || "", sort: wanted.get("sort") || ""};
  for (const [key] of FILTERS) state[key] = wanted.get(key) || "";
  return state;
}

function writeAddress(state) {
  const wanted = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value) wanted.set(key, value);
  const hash = wanted.toString();
  const here = location.href.split("#")[0];
  history.replaceState(null, "", hash ? here + "#" + hash : here);
}

function haystack(row) {
  if (row.text === undefined)
    row.text = [row.kernel, row.problem, row.comparison, row.precision, row.backend, row.engine, row.device, row.mode, row.status, row.why,
      row.record.algorithm, row.runName].join(" ").toLowerCase();
  return row.text;
}

function visibleRows(rows, state) {
  const words = state.q.toLowerCase().split(/\s+/).filter((word) => word);
  const active = FILTERS.filter(([key]) => state[key]);
  return rows.filter((row) => active.every(([key, field]) => String(row[field]) === state[key]) &&
    words.every((word) => haystack(row).includes(word)));
}

// The form: a choice for each field that has more than one value, and free text.
function filterForm(form, rows, state, changed) {
  form.replaceChildren();
  for (const [key, field, label] of FILTERS) {
    const values = distinct(rows.map((row) => String(row[field]))).filter((value) => value !== "");
    if (values.length < 2 && !state[key]) continue;
    if (key === "precision") values.sort((a, b) => precisionRank(a) - precisionRank(b));
    else if (key !== "run") values.sort();
    if (state[key] && !values.includes(state[key])) values.push(state[key]);
    const select = el("select", {name: key, on: {change: () => { state[key] = select.value; changed(); }}},
      el("option", {value: "", text: "all"}), ...values.map((value) => el("option", {value, text: clean(value, 60)})));
    select.value = state[key];
    form.append(el("label", {}, label, select));
  }
  const search = el("input", {type: "search", name: "q", placeholder: "kernel, problem, reason …", on: {input: () => { state.q = search.value; changed(); }}});
  search.value = state.q;
  form.append(el("label", {class: "text"}, "text", search));
  form.append(el("button", {type: "button", text: "Clear", on: {click: () => {
    for (const key of Object.keys(state)) if (key !== "sort") state[key] = "";
    filterForm(form, rows, state, changed);
    changed();
  }}}));
  form.addEventListener("submit", (event) => event.preventDefault());
}
