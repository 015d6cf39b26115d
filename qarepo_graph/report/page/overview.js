// The overview: tiles and charts, each with one sentence that says what it shows and a table with the same figures.
const charts = [];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function drawOverview() {
  const { run, overview } = page.data;
  for (const chart of charts.splice(0)) chart.dispose();
  const box = document.getElementById("overview");
  box.replaceChildren(el("h1", { class: "unseen" }, say("overview")), el("div", { class: "tiles" }, tiles(run, overview)),
    el("div", { class: "charts" }, PLOTS.map((plot) => plot(overview)).filter(Boolean).sort((a, b) => Boolean(b.querySelector(".plot")) - Boolean(a.querySelector(".plot")))));
  for (const holder of box.querySelectorAll(".plot")) nearView.observe(holder);
}
// A chart is drawn when it comes near the view: the page is there at once, whatever stands further down.
const nearView = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach((one) => drawPlot(one.target)), { rootMargin: "300px" });
function drawPlot(plot) {
  nearView.unobserve(plot);
  if (!plot.childElementCount) plot.draw();
}
addEventListener("beforeprint", () => document.querySelectorAll(".plot").forEach(drawPlot));

function tiles(run, o) {
  const tile = (value, label) => el("div", { class: "tile" }, el("b", {}, value), el("span", {}, label));
  return [
    tile(number(o.functions), say("found")), tile(percent(o.covered, o.functions), say("covered")),
    tile(number(o.rows), say("rows")), tile(number(o.groups), say("groups")), tile(number(o.rejected), say("rejected")),
    run.offline ? tile("0", say("offline"))
      : [tile(number(o.requests), say("requests")), tile(number(o.prompt_tokens + o.completion_tokens), say("tokens")),
        tile(percent(o.cached_tokens, o.prompt_tokens), say("cached")),
        tile(o.usd == null ? "–" : `$${o.usd.toFixed(o.usd < 1 ? 4 : 2)}`, o.usd == null ? say("unpriced") : say("cost"))],
  ];
}

function chart(title, sentence, option, head, rows, wide = false) {
  const plot = el("div", { class: "plot" });
  plot.draw = () => {
    const drawn = echarts.init(plot, null, { renderer: "svg" });
    drawn.setOption({ animation: false, textStyle: { fontFamily: "inherit", color: colour("soft") }, aria: { enabled: true, label: { description: `${title}. ${sentence}` } },
      tooltip: { renderMode: "richText", backgroundColor: colour("sheet"), borderColor: colour("line"), textStyle: { color: colour("ink"), fontSize: 12 } }, ...option() });
    charts.push(drawn);
  };
  const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  const fill = () => scroll.childElementCount || scroll.append(  // on opening: thousands of cells that hardly anybody looks at
    el("table", {}, el("thead", {}, el("tr", {}, head.map((name) => cell("th", name)))), el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value) => cell("td", value)))))));
  const cell = (tag, value) => el(tag, { class: typeof value === "number" ? "n" : null }, typeof value === "number" ? value.toLocaleString() : plain(String(value)));
  return el("article", { class: wide ? "chart wide" : "chart" }, el("h2", {}, title), el("p", {}, sentence), option ? plot : null,
    option ? el("details", { ontoggle: fill }, el("summary", {}, say("asTable")), scroll) : null);
}
function noChart(title, sentence) { return el("article", { class: "chart" }, el("h2", {}, title), el("p", {}, sentence)); }

function axes(names, { turn = false, integer = true } = {}) {
  const category = { type: "category", data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("soft"), width: turn ? 190 : 90, overflow: "truncate" }, inverse: turn };
  const value = { type: "value", minInterval: integer ? 1 : 0, splitLine: { lineStyle: { color: colour("line") } }, axisLabel: { color: colour("soft"), hideOverlap: true } };
  return { grid: { left: 8, right: 24, top: 12, bottom: 8, containLabel: true }, xAxis: turn ? value : category, yAxis: turn ? category : value };
}

const PLOTS = [
  function coverage(o) {
    const root = new Map();
    for (const [file, total, covered] of o.coverage) {
      let level = root;
      const parts = file.split("/");
      parts.forEach((part, index) => {
        if (!level.has(part)) level.set(part, { name: part, path: parts.slice(0, index + 1).join("/"), total: 0, covered: 0, inside: new Map() });
        const node = level.get(part);
        node.total += total; node.covered += covered; level = node.inside;
      });
    }
    const shade = (node) => mix(colour("warm-soft"), colour("accent"), node.total ? node.covered / node.total : 0);
    const paint = (node) => ({ name: plain(node.name), path: plain(node.path), value: [node.total, node.covered], itemStyle: { color: shade(node) },
      label: { color: textOn(shade(node)) }, upperLabel: { color: colour("ink") }, children: node.inside.size ? [...node.inside.values()].map(paint) : undefined });
    return chart(say("coverageTitle"), say("coverageSays", number(o.covered), number(o.functions), percent(o.covered, o.functions)),
      () => ({ series: [{ type: "treemap", roam: false, nodeClick: "zoomToNode", breadcrumb: { show: root.size > 1 || [...root.values()].some((n) => n.inside.size), bottom: 0, height: 20,
        itemStyle: { color: colour("shade"), borderColor: colour("line"), textStyle: { color: colour("ink") } }, emphasis: { itemStyle: { color: colour("accent-soft"), textStyle: { color: colour("ink") } } } },
        left: 0, right: 0, top: 0, bottom: 26, visibleMin: 60, upperLabel: { show: true, height: 20, lineHeight: 20, backgroundColor: "transparent", formatter: (p) => `${p.name} ${p.value[1]}/${p.value[0]}` },
        label: { overflow: "truncate", lineHeight: 16, formatter: (p) => `${p.name}\n${p.value[1]}/${p.value[0]}` },
        tooltip: { formatter: (p) => `${p.data.path ?? p.name}\n${p.value[1]} / ${p.value[0]}` },
        itemStyle: { borderColor: colour("sheet"), borderWidth: 1, gapWidth: 1 }, levels: [{ itemStyle: { gapWidth: 3, borderWidth: 0 }, upperLabel: { show: false } }, { itemStyle: { gapWidth: 2, borderWidth: 2, borderColor: colour("shade") } }, { itemStyle: { gapWidth: 1, borderWidth: 1, borderColor: colour("shade") } }],
        name: plain(page.data.run.repository), data: [...root.values()].map(paint) }] }),
      [say("module"), say("functions"), say("accepted"), say("share")], o.coverage.map(([file, total, covered]) => [file, total, covered, percent(covered, total)]), true);
  },
  function gates(o) {
    const steps = [[say("results"), o.results, 0], ...o.gates.map(([gate, refused], index) => [gate, refused, o.results - o.gates.slice(0, index + 1).reduce((sum, [, n]) => sum + n, 0)]),
      [say("accepted"), o.accepted, 0]];
    const bar = (index) => (index === 0 ? colour("soft") : index === steps.length - 1 ? colour("accent") : colour("warm"));
    return chart(say("gatesTitle"), say("gatesSays", number(o.results), number(o.accepted)),
      () => ({ ...axes(steps.map(([name]) => name), { turn: true }), tooltip: { trigger: "item", renderMode: "richText" }, series: [
        { type: "bar", stack: "a", silent: true, itemStyle: { color: "transparent" }, data: steps.map(([, , from]) => from) },
        { type: "bar", stack: "a", barMaxWidth: 22, data: steps.map(([, value], index) => ({ value, itemStyle: { color: bar(index), borderRadius: 2 } })), label: { show: true, position: "right", color: colour("ink"), formatter: (p) => number(p.value) } }] }),
      [say("gate"), say("count")], steps.map(([name, value]) => [name, value]));
  },
  function reasons(o) {
    if (!o.reasons.length) return noChart(say("reasonsTitle"), say("reasonsNone"));
    const top = o.reasons.slice(0, 10);
    return chart(say("reasonsTitle"), say("reasonsSays"),
      () => ({ ...axes(top.map(([reason]) => plain(reason)), { turn: true }), series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: colour("warm"), borderRadius: 2 }, data: top.map(([, n]) => n), label: { show: true, position: "right", color: colour("ink") } }] }),
      [say("reason"), say("count")], o.reasons);
  },
  function leaks(o) {
    const { outputs, leaking, examples, openings } = o.leaks;
    const rows = [...examples.map(([text, n]) => [`${say("copied")}: ${text}`, n]), ...openings];
    if (!rows.length) return noChart(say("leaksTitle"), say("leaksSays", number(outputs), number(leaking)));
    return chart(say("leaksTitle"), say("leaksSays", number(outputs), number(leaking)),
      () => ({ ...axes(rows.map(([text]) => plain(text)), { turn: true }), series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: colour("warm"), borderRadius: 2 }, data: rows.map(([, n]) => n), label: { show: true, position: "right", color: colour("ink") } }] }),
      [say("opening"), say("count")], rows);
  },
  function screening() {
    const { secrets, places, left_out: leftOut, hidden, instructed } = page.data.screening;
    const kinds = [...Object.entries(secrets), ...Object.entries(hidden), ...(instructed.length ? [[say("instructions"), instructed.length]] : [])]
      .map(([kind, n]) => [kind.replaceAll("_", " "), n]).sort((a, b) => b[1] - a[1]);
    if (!kinds.length && !Object.keys(leftOut).length) return noChart(say("screeningTitle"), say("screeningNone"));
    const found = Object.values(secrets).reduce((sum, n) => sum + n, 0);
    return chart(say("screeningTitle"), say("screeningSays", number(found), number(Object.keys(leftOut).length)),
      () => ({ ...axes(kinds.map(([kind]) => kind), { turn: true }), series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: colour("warm"), borderRadius: 2 }, data: kinds.map(([, n]) => n), label: { show: true, position: "right", color: colour("ink") } }] }),
      [say("place"), say("found1")], [...places.map((place) => [place.slice(0, place.lastIndexOf(" ")), place.slice(place.lastIndexOf(" ") + 1).replaceAll("_", " ")]),
        ...(found > places.length ? [[say("morePlaces", number(found - places.length)), ""]] : []), ...Object.entries(leftOut)]);
  },
  function licences() {
    const counts = Object.entries(page.data.screening.licences).sort((a, b) => b[1] - a[1]);
    if (!counts.length) return null;
    const all = counts.reduce((sum, [, n]) => sum + n, 0);
    const rows = counts.map(([licence, n]) => [plain(licence) || say("noLicence"), n]);
    if (rows.length === 1) return noChart(say("licencesTitle"), say(counts[0][0] ? "licencesOne" : "licencesNone", number(all), rows[0][0]));
    return chart(say("licencesTitle"), say("licencesSays", number(page.data.screening.licences[""] ?? 0), number(all)),
      () => ({ ...axes(rows.map(([licence]) => licence), { turn: true }), series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: colour("accent"), borderRadius: 2 }, data: rows.map(([, n]) => n), label: { show: true, position: "right", color: colour("ink") } }] }),
      [say("licencesTitle"), say("functions")], rows);
  },
  function diversity(o) {
    if (!o.diversity.count) return noChart(say("diversityTitle"), say("diversityNone"));
    const names = o.diversity.bins.map((_, index) => (index / o.diversity.bins.length).toFixed(2));
    return chart(say("diversityTitle"), say("diversitySays", o.diversity.median.toFixed(2)), () => histogram(names, o.diversity.bins),
      [say("distance"), say("groups")], names.map((name, index) => [name, o.diversity.bins[index]]));
  },
  function lengths(o) {
    if (!o.lengths.count) return null;
    const names = o.lengths.edges.map((edge) => number(edge));
    return chart(say("lengthsTitle"), say("lengthsSays", o.lengths.tokenizer, number(o.lengths.median), number(o.lengths.max)), () => histogram(names, o.lengths.bins),
      [say("length"), say("rows")], names.map((name, index) => [name, o.lengths.bins[index]]));
  },
  function usage(o) {
    const rows = o.usage.filter((node) => node.prompt_tokens + node.completion_tokens > 0);
    if (!rows.length) return null;  // a rule-based run has no tokens
    const part = (name, value, shade) => ({ name, type: "bar", stack: "tokens", barMaxWidth: 26, itemStyle: { color: shade }, data: rows.map(value) });
    return chart(say("usageTitle"), say("usageSays", percent(o.cached_tokens, o.prompt_tokens)),
      () => ({ ...axes(rows.map((node) => node.node), { turn: true }), legend: { bottom: 0, textStyle: { color: colour("soft") } }, grid: { left: 8, right: 24, top: 8, bottom: 34, containLabel: true }, series: [
        part(say("fromCache"), (n) => n.cached_tokens, colour("accent-soft")), part(say("fresh"), (n) => n.prompt_tokens - n.cached_tokens, colour("accent")), part(say("completion"), (n) => n.completion_tokens, colour("warm"))] }),
      [say("node"), say("replies"), say("fresh"), say("fromCache"), say("completion"), say("cost")],
      rows.map((n) => [n.node, n.replies, n.prompt_tokens - n.cached_tokens, n.cached_tokens, n.completion_tokens, n.usd ? `$${n.usd.toFixed(4)}` : "–"]));
  },
  function calls(o) {
    if (o.calls.length < 2) return null;
    const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });
    const total = o.calls.reduce((sum, [, n]) => sum + n, 0);
    const span = o.calls.at(-1)[0] - o.calls[0][0];
    return chart(say("callsTitle"), say("callsSays", number(total), `${number(span)} s`),
      () => ({ ...axes(o.calls.map(([at]) => clock(at))), series: [{ type: "line", showSymbol: false, step: "end", areaStyle: { opacity: 0.15 }, lineStyle: { color: colour("accent") }, itemStyle: { color: colour("accent") }, data: o.calls.map(([, n]) => n) }] }),
      [say("time"), say("replies")], o.calls.map(([at, n]) => [clock(at), n]));
  },
];

function histogram(names, bins) {
  return { ...axes(names), series: [{ type: "bar", barCategoryGap: "8%", itemStyle: { color: colour("accent"), borderRadius: [2, 2, 0, 0] }, data: bins }] };
}
function channels(hex) { return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)); }
function mix(from, to, share) {
  const [a, b] = [channels(from), channels(to)];
  return `#${a.map((value, index) => Math.round(value + (b[index] - value) * share).toString(16).padStart(2, "0")).join("")}`;
}
function textOn(hex) {
  const [r, g, b] = channels(hex).map((v) => (v / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3 ? "#14171a" : "#ffffff";
}
