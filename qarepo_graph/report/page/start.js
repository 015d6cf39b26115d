// Unpack the data, draw what is looked at, listen to the keyboard.
const DRAW = { overview: drawOverview, pairs: drawPairs, functions: drawFunctions };
const drawn = new Set();
let openedTab = "overview";

function drawFrame() {
  const { run } = page.data;
  document.documentElement.lang = page.language === "zh" ? "zh-CN" : "en";
  document.title = `${run.repository} · qarepo`;
  document.getElementById("repository").textContent = plain(run.repository);
  document.getElementById("run-facts").textContent = plain([run.model, run.commit.slice(0, 10), `qarepo-graph ${run.package_version}`, run.made_at.slice(0, 10)].filter(Boolean).join(" · "));
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say(node.dataset.word);
  const theme = document.documentElement.dataset.theme;
  const set = (id, text, label, act) => { const button = document.getElementById(id); button.textContent = text; button.setAttribute("aria-label", label); button.onclick = act; };
  set("language", say("language"), say("languageLabel"), () => { page.language = page.language === "zh" ? "en" : "zh"; drawAgain(); });
  set("theme", { auto: "◐", light: "☀", dark: "☾" }[theme], say("theme", say(theme)), () => {
    document.documentElement.dataset.theme = { auto: "light", light: "dark", dark: "auto" }[theme];
    drawAgain();
  });
  set("help-button", "?", say("help"), showHelp);
  document.getElementById("tabs").setAttribute("aria-label", run.repository);
  document.getElementById("tabs").replaceChildren(...Object.keys(DRAW).map((name) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name,
    "aria-selected": String(name === openedTab), onclick: () => openTab(name) }, say(name))));
}
function openTab(name) {
  openedTab = name;
  for (const other of Object.keys(DRAW)) {
    document.getElementById(other).hidden = other !== name;
    document.getElementById(`tab-${other}`)?.setAttribute("aria-selected", String(other === name));
  }
  if (!drawn.has(name)) { drawn.add(name); DRAW[name](); }
}
function drawAgain() { drawn.clear(); drawFrame(); openTab(openedTab); }

function showHelp() {
  const keys = [["j / k", "keyNext"], ["/", "keySearch"], ["1 2 3", "keyTabs"], ["?", "keyHelp"],
    ...(page.data.review ? [["a / r / e / u", null], ["[ / ]", "keyQuestion"]] : [])];
  const box = document.getElementById("help");
  box.replaceChildren(el("h2", { id: "help-title" }, say("help")), el("dl", {}, keys.flatMap(([key, word]) => [el("dt", {}, key.split(" / ").flatMap((one, at) => [at ? " / " : "", el("kbd", {}, one)])),
    el("dd", {}, word ? say(word) : ["accept", "reject", "edit", "undo"].map((name) => say(name)).join(" / "))])), el("button", { type: "button", onclick: () => box.close() }, say("close")));
  box.showModal();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) {
    if (event.key === "Escape" && event.target.id === "search") event.target.blur();
    return;
  }
  const keys = { j: () => step(1), k: () => step(-1), "?": showHelp, 1: () => openTab("overview"), 2: () => openTab("pairs"), 3: () => openTab("functions"),
    "/": () => { openTab("pairs"); document.getElementById("search").focus(); } };
  if (page.data.review && openedTab === "pairs" && pairs.current && pairs.current.verdict !== "rejected") {
    Object.assign(keys, { a: accept, r: reject, e: edit, u: undo, "]": () => pickQuestion(pairs.question + 1), "[": () => pickQuestion(Math.max(-1, pairs.question - 1)) });
  }
  if (!keys[event.key] || ("jk".includes(event.key) && openedTab !== "pairs")) return;
  event.preventDefault();
  keys[event.key]();
}

async function unpack() {
  const text = atob(document.getElementById("data").textContent);
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) packed[at] = text.charCodeAt(at);  // a call per byte takes half a second
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

(async () => {
  try {
    page.data = await unpack();
  } catch (error) {
    document.getElementById("loading").textContent = `${WORDS.en.broken} ${WORDS.zh.broken}`.replaceAll("{0}", error.message);
    throw error;
  }
  page.language = page.data.run.page_language ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  prepareEntries();
  drawFrame();
  document.getElementById("loading").remove();
  openTab(page.data.review ? "pairs" : "overview");
  document.addEventListener("keydown", onKey);
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (document.documentElement.dataset.theme === "auto") drawAgain(); });
})();
