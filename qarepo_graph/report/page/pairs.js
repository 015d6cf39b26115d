// The browser of pairs: find on the left, read in the middle, the code beside it.
const PAGE_SIZE = 100;
const pairs = { shown: [], first: 0, current: null, question: -1, pinned: null, trail: [] };

function prepareEntries() {
  const { entries, functions } = page.data;
  page.names = new Map();
  const bare = new Map();
  functions.forEach((fn, index) => {
    page.names.set(fn.name, index);
    const name = fn.name.split(/\.|::/).at(-1);
    bare.set(name, bare.has(name) ? -1 : index);
  });
  for (const [name, index] of bare) if (index >= 0 && name.length > 3 && !page.names.has(name)) page.names.set(name, index);
  for (const entry of entries) entry.files = new Set(entry.functions.map((index) => functions[index].file));
  (window.requestIdleCallback ?? setTimeout)(() => entries.forEach(haystackOf));  // so that the first keystroke is quick too
}
function haystackOf(entry) {
  const { functions } = page.data;
  return entry.haystack ??= [...entry.questions.map(([, text]) => text), entry.description, entry.solution, entry.text, entry.reply?.slice(0, 5000), ...entry.steps.map(([text]) => text),
    ...(entry.reasons ?? []), ...entry.functions.map((index) => functions[index].id), entry.id].filter(Boolean).join("\n").toLowerCase();
}

// A person decides rows; a group is decided once all its rows are, and carries the strongest thing said of one.
function decisionsOf(entry) { return entry.questions.map(([id]) => page.data.decisions[id]).filter(Boolean); }
const isDecided = (entry) => entry.questions.length > 0 && decisionsOf(entry).length === entry.questions.length;
function verdictOf(entry) {
  if (!isDecided(entry)) return entry.verdict;
  const said = new Set(decisionsOf(entry).map((decision) => decision.verdict));
  if (said.has("edited")) return "decidedEdit";
  return said.has("accepted") ? "decidedAccept" : "decidedReject";
}
const titleOf = (entry) => entry.questions[0]?.[1] ?? entry.functions.map((index) => page.data.functions[index].name).join(", ") ?? entry.id;
const placeOf = (entry) => (entry.functions.length ? page.data.functions[entry.functions[0]].name : entry.id);

function drawPairs() {
  const options = (name, all, values, label = (value) => value) => el("select", { id: `by-${name}`, "aria-label": say(name), onchange: () => search() },
    el("option", { value: "" }, say(all)), values.map((value) => el("option", { value }, plain(label(value)))));
  const distinct = (pick) => [...new Set(page.data.entries.flatMap(pick))].sort();
  const verdicts = ["accepted", "mended", "rejected", ...(page.data.review ? ["undecided"] : []), "decidedAccept", "decidedEdit", "decidedReject"];
  const had = Object.fromEntries(["search", "by-scenario", "by-file", "by-type", "by-verdict"].map((id) => [id, document.getElementById(id)?.value ?? ""]));
  document.getElementById("pairs").replaceChildren(
    el("div", { class: "column list" },
      el("div", { class: "finder" },
        el("input", { type: "search", id: "search", placeholder: say("search"), "aria-label": say("search"), oninput: () => search() }),
        el("div", { class: "filters" },
          options("scenario", "everyScenario", ["1", "2"], (value) => say(`scenario${value}`)),
          options("verdict", "everyVerdict", verdicts, say),
          options("type", "everyType", distinct((entry) => [entry.type])),
          options("file", "everyFile", distinct((entry) => [...entry.files]))),
        el("div", { class: "found" }, el("span", { id: "found" }), el("span", {},
          el("button", { type: "button", id: "previous", "aria-label": say("previous"), onclick: () => turn(-1) }, "‹"), " ",
          el("button", { type: "button", id: "next", "aria-label": say("next"), onclick: () => turn(1) }, "›")))),
      el("ul", { id: "list" })),
    el("div", { class: "column reading" }, el("div", { id: "answer", class: "answer", tabindex: "0", role: "region", "aria-label": say("answer") }), el("div", { id: "review" })),
    el("div", { class: "column code", id: "code" }));
  for (const [id, value] of Object.entries(had)) document.getElementById(id).value = value;
  search(true);
}

function search(keep = false) {
  const value = (id) => document.getElementById(id).value;
  const terms = value("search").toLowerCase().split(/\s+/).filter(Boolean);
  const [scenario, verdict, type, file] = ["by-scenario", "by-verdict", "by-type", "by-file"].map(value);
  const holds = (entry) => terms.every((term) => haystackOf(entry).includes(term)) && (!scenario || entry.scenario === Number(scenario)) && (!type || entry.type === type)
    && (!file || entry.files.has(file)) && (!verdict || (verdict === "undecided" ? entry.verdict !== "rejected" && !isDecided(entry) : verdictOf(entry) === verdict));
  pairs.shown = page.data.entries.filter(holds);
  if (!keep) pairs.first = 0;
  if (!pairs.shown.includes(pairs.current)) pairs.current = null;
  drawList();
  choose(pairs.current ?? pairs.shown[0] ?? null, { scroll: false });
}

function turn(direction) {
  pairs.first = Math.min(Math.max(0, pairs.first + direction * PAGE_SIZE), Math.max(0, pairs.shown.length - 1));
  drawList();
  choose(pairs.shown[pairs.first] ?? null);
}

function drawList() {
  const total = pairs.shown.length;
  pairs.first = Math.floor(Math.min(pairs.first, Math.max(0, total - 1)) / PAGE_SIZE) * PAGE_SIZE;
  const slice = pairs.shown.slice(pairs.first, pairs.first + PAGE_SIZE);
  document.getElementById("found").textContent = total ? say("showing", number(pairs.first + 1), number(pairs.first + slice.length), number(total)) : say("nothing");
  document.getElementById("previous").disabled = pairs.first === 0;
  document.getElementById("next").disabled = pairs.first + PAGE_SIZE >= total;
  document.getElementById("list").replaceChildren(...slice.map((entry) => {
    const verdict = verdictOf(entry);
    const bad = verdict === "rejected" || verdict === "decidedReject";
    return el("li", {}, el("button", { type: "button", "data-id": entry.id, onclick: () => choose(entry, { scroll: false }) },
      el("span", {}, plain(titleOf(entry).slice(0, 300).replaceAll("`", ""))),
      el("span", { class: "sub" }, plain(placeOf(entry)), entry.questions.length > 1 ? ` · ×${entry.questions.length}` : "", " ",
        verdict === "accepted" ? null : el("b", { class: `badge ${bad ? "bad" : "ok"}` }, say(verdict)))));
  }));
  document.querySelector(".list").scrollTop = 0;
}

function choose(entry, { scroll = true } = {}) {
  pairs.current = entry;
  pairs.question = -1;
  pairs.pinned = null;
  pairs.trail = [];
  for (const button of document.querySelectorAll("#list button")) {
    const here = entry !== null && button.dataset.id === entry.id;
    if (here) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
    if (here && scroll) button.scrollIntoView({ block: "nearest" });
  }
  drawAnswer();
  drawReview();
  showFunction(entry?.functions[0]);
}

function step(direction) {
  const next = pairs.shown[pairs.shown.indexOf(pairs.current) + direction];
  if (!next) return;
  const at = pairs.shown.indexOf(next);
  if (at < pairs.first || at >= pairs.first + PAGE_SIZE) { pairs.first = at; drawList(); }
  choose(next);
  announce(plain(titleOf(next)));
}

function drawAnswer() {
  const box = document.getElementById("answer");
  const entry = pairs.current;
  if (!entry) { box.replaceChildren(el("p", { class: "empty" }, say(pairs.shown.length ? "choose" : "nothing"))); return; }
  const verdict = verdictOf(entry);
  const part = (title, ...content) => el("section", {}, el("h3", {}, title), content);
  const names = (title, list) => (list?.length ? part(title, list.flatMap((name, index) => [index ? ", " : "", identifier(name, true)])) : null);
  box.replaceChildren(...[
    el("header", {}, el("span", { class: `badge ${/reject/i.test(verdict) ? "bad" : "ok"}` }, say(verdict)), entry.scenario ? el("span", { class: "badge" }, say(`scenario${entry.scenario}`)) : null,
      el("span", { class: "badge" }, plain(entry.type)), entry.attempts > 1 ? el("span", { class: "badge" }, say("attempt", entry.attempts)) : null, el("span", { class: "badge mono" }, plain(entry.id.slice(0, 80)))),
    entry.questions.length ? el("h2", { class: "unseen" }, plain(titleOf(entry).slice(0, 300))) : el("h2", {}, plain(titleOf(entry).slice(0, 300))),
    entry.questions.length ? part(say("questions", entry.questions.length), el("ul", { class: "questions" }, entry.questions.map(([id, text], index) =>
      el("li", { class: [index === pairs.question ? "now" : "", page.data.decisions[id]?.verdict === "rejected" ? "refused" : ""].join(" ") }, prose(text))))) : null,
    entry.reasons?.length ? part(say("whyRejected"), el("ul", {}, entry.reasons.map((reason) => el("li", {}, prose(reason))))) : null,
    entry.description ? part(say("description"), el("p", { class: "prose" }, prose(entry.description))) : null,
    entry.solution ? part(say("solution"), el("p", { class: "prose" }, prose(entry.solution))) : null,
    entry.text ? part(say("answer"), el("p", { class: "prose" }, prose(entry.text))) : null,
    names(say("reuses"), entry.reuses), names(say("adds"), entry.adds), names(say("touches"), entry.touches),
    entry.steps.length ? part(say("steps"), el("ol", { class: "steps" }, entry.steps.map(drawStep))) : null,
    entry.reply ? part(say("lastReply"), el("pre", { class: "prose" }, long(entry.reply, plain))) : null,
    part(say("gates"), el("div", { class: "gates" }, Object.entries(entry.gates).map(([gate, outcome]) => el("span", { class: `badge ${outcome === "ok" ? "ok" : "bad"}` }, plain(outcome === "ok" ? `✓ ${gate}` : `✕ ${gate}: ${outcome}`))))),
    entry.provenance == null ? null : part(say("provenance"), facts(page.data.provenances[entry.provenance]), el("dl", { class: "facts" }, entry.functions.flatMap((index) => {
      const fn = page.data.functions[index];
      return [el("dt", {}, say("functionName")), el("dd", { class: "mono" }, plain(fn.id), ` · ${fn.start}–${fn.end}`)];
    }))),
  ].filter(Boolean));
  box.parentElement.scrollTop = 0;
}

function facts(values) {
  return el("dl", { class: "facts" }, Object.entries(values).filter(([, value]) => value !== "" && value != null).flatMap(([name, value]) =>
    [el("dt", {}, plain(name.replaceAll("_", " "))), el("dd", { class: "mono" }, plain(typeof value === "object" ? JSON.stringify(value) : String(value)))]));
}

// Steps and code lines point at each other: by hover, by focus, and pinned by a click.
function drawStep([text, from, to], index) {
  if (!from) return el("li", {}, prose(text));
  const label = from === to ? say("line", from) : say("lines", from, to);
  const button = el("button", { type: "button", class: "lines", "aria-pressed": "false", title: say("pin"), "aria-label": `${label}: ${say("pin")}`, onclick: () => pin(index, [from, to]),
    onfocus: () => mark([from, to]), onblur: () => mark(pairs.pinned?.lines) }, from === to ? `${from}` : `${from}–${to}`);
  return el("li", { "data-from": from, "data-to": to, onmouseenter: () => mark([from, to]), onmouseleave: () => mark(pairs.pinned?.lines) }, button, prose(text));
}
function pin(index, lines) {
  pairs.pinned = pairs.pinned?.index === index ? null : { index, lines };
  document.querySelectorAll(".steps .lines").forEach((button, at) => button.setAttribute("aria-pressed", String(pairs.pinned?.index === at)));
  mark(pairs.pinned?.lines);
}
function mark(lines, { scroll = true } = {}) {
  if (lines && pairs.trail.at(-1) !== pairs.current?.functions[0]) showFunction(pairs.current.functions[0]);
  let first = null;
  for (const line of document.querySelectorAll("#code [data-n]")) {
    const at = Number(line.dataset.n);
    const hit = lines !== undefined && lines !== null && at >= lines[0] && at <= lines[1];
    line.classList.toggle("hit", hit);
    if (hit) first ??= line;
  }
  for (const item of document.querySelectorAll(".steps li[data-from]")) {
    item.classList.toggle("hit", Boolean(lines) && Number(item.dataset.from) <= lines[1] && Number(item.dataset.to) >= lines[0]);
  }
  if (first && scroll) {
    const column = document.getElementById("code");
    const [top, bottom] = [column.scrollTop + 90, column.scrollTop + column.clientHeight];
    if (first.offsetTop < top || first.offsetTop > bottom - 20) column.scrollTop = first.offsetTop - 120;
  }
}

function openDefinition(index) { pairs.trail.push(index); showFunction(index, true); }
function showFunction(index, keep = false) {
  const box = document.getElementById("code");
  if (index === undefined) { box.replaceChildren(el("p", { class: "empty" }, say("noCode"))); return; }
  if (!keep) pairs.trail = [index];
  const fn = page.data.functions[index];
  const own = pairs.current?.functions ?? [];
  const pick = (at) => el("button", { type: "button", "aria-pressed": String(at === index), onclick: () => showFunction(at) }, plain(page.data.functions[at].name));
  const lines = source(fn);
  lines.addEventListener("mouseover", (event) => {
    const line = event.target.closest("[data-n]");
    if (line && index === pairs.current?.functions[0]) mark([Number(line.dataset.n), Number(line.dataset.n)], { scroll: false });
  });
  lines.addEventListener("mouseleave", () => mark(pairs.pinned?.lines, { scroll: false }));
  box.replaceChildren(el("div", { class: "files" },
    el("div", { class: "where" }, pairs.trail.length > 1 ? el("button", { type: "button", id: "back", onclick: () => { pairs.trail.pop(); showFunction(pairs.trail.at(-1), true); } }, `← ${say("back")}`) : null,
      el("strong", { class: "mono" }, plain(fn.name)), el("span", { class: "mono" }, `${plain(fn.file)}:${fn.start}–${fn.end}`)),
    own.length > 1 ? el("div", { class: "pick" }, own.map(pick)) : null), lines);
  box.scrollTop = 0;
}
