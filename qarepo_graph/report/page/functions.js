// Every function of the repository with what became of it, so that nothing is silently left out.
const table = { shown: 200, status: "" };

function drawFunctions() {
  const leftOut = Object.entries(page.data.screening.left_out).map(([id, reason]) => {
    const at = id.indexOf("::");
    return { name: id.slice(at + 2), file: id.slice(0, at), start: 0, status: "leftOut", reason };
  });
  const functions = [...page.data.functions, ...leftOut];
  const statuses = [...new Set(functions.map((fn) => fn.status))].sort();
  const filter = el("select", { "aria-label": say("status"), onchange: (event) => { table.status = event.target.value; table.shown = 200; drawFunctions(); } },
    el("option", { value: "" }, say("everyStatus")), statuses.map((status) => el("option", { value: status, selected: status === table.status }, say(status))));
  const some = functions.map((fn, index) => [fn, index]).filter(([fn]) => !table.status || fn.status === table.status);
  const shown = some.slice(0, table.shown);
  document.getElementById("functions").replaceChildren(
    el("h1", { class: "unseen" }, say("functions")),
    el("div", { class: "filters" }, filter, el("span", { class: "soft" }, say("shownOf", number(some.length), number(functions.length)))),
    el("table", {},
      el("thead", {}, el("tr", {}, ["functionName", "file", "lineNo", "status", "reason"].map((word) => el("th", { scope: "col" }, say(word))))),
      el("tbody", {}, shown.map(([fn, index]) => el("tr", {},
        el("td", {}, fn.start ? el("button", { type: "button", class: "link", onclick: () => showPairsOf(index) }, plain(fn.name)) : el("span", { class: "mono" }, plain(fn.name))), el("td", { class: "mono" }, plain(fn.file)),
        el("td", { class: "mono" }, fn.start ? `${fn.start}–${fn.end}` : "–"), el("td", {}, el("span", { class: `badge ${fn.status === "accepted" ? "ok" : fn.status === "rejected" ? "bad" : ""}` }, say(fn.status))),
        el("td", {}, plain((fn.reason ?? "").slice(0, 400))))))),
    some.length > shown.length ? el("p", {}, el("button", { type: "button", onclick: () => { table.shown += 1000; drawFunctions(); } }, say("moreRows", number(Math.min(1000, some.length - shown.length))))) : "");
}

function showPairsOf(index) {
  const entry = page.data.entries.find((candidate) => candidate.functions.includes(index));
  openTab("pairs");
  for (const id of ["search", "by-scenario", "by-file", "by-type", "by-verdict"]) document.getElementById(id).value = "";
  search();
  if (entry) {
    pairs.first = pairs.shown.indexOf(entry);
    drawList();
    choose(entry);
  } else {
    choose(null);
    openDefinition(index);
  }
}
