// A person's decisions: only on the page that `qarepo review` serves. Each is written into the ledger before it shows.
function targets() {
  const rows = pairs.current.questions.map(([id]) => id);
  return pairs.question < 0 ? rows : [rows[pairs.question]];
}

function drawReview(objections = []) {
  const box = document.getElementById("review");
  const entry = pairs.current;
  if (!page.data.review || !entry || entry.verdict === "rejected") { box.replaceChildren(); return; }
  const decision = targets().every((row) => page.data.decisions[row]) ? page.data.decisions[targets()[0]] : null;
  const words = decision && { accepted: say("acceptedBy", decision.who), rejected: say("rejectedBy", decision.who, decision.reason), edited: say("editedBy", decision.who) }[decision.verdict];
  const open = page.data.entries.filter((one) => one.verdict !== "rejected");
  const done = open.filter(isDecided).length;
  box.replaceChildren(el("div", { class: "review" },
    el("select", { "aria-label": say("keyQuestion"), onchange: (event) => pickQuestion(Number(event.target.value)) }, el("option", { value: -1 }, say("everyQuestion")),
      entry.questions.map((_, index) => el("option", { value: index, selected: index === pairs.question }, say("question", index + 1)))),
    el("button", { type: "button", id: "accept", onclick: accept }, `${say("accept")} (a)`), el("button", { type: "button", id: "reject", onclick: reject }, `${say("reject")} (r)`),
    el("button", { type: "button", id: "edit", onclick: edit }, `${say("edit")} (e)`), decision ? el("button", { type: "button", id: "undo", onclick: undo }, `${say("undo")} (u)`) : null,
    el("span", { class: "soft" }, plain(words ?? "")), el("span", { class: "soft did" }, say("decided", number(done), number(open.length))),
    objections.length ? el("div", { class: "objections", role: "alert" }, say("objections"), el("ul", {}, objections.map((text) => el("li", {}, plain(text))))) : null));
}

function pickQuestion(index) {
  if (!pairs.current || index >= pairs.current.questions.length) return;
  pairs.question = index;
  drawAnswer();
  drawReview();
}

async function decide(body) {
  const entry = pairs.current;
  let answer;
  try {
    const response = await fetch("/decisions", { method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${page.data.review.token}` }, body: JSON.stringify(body) });
    if (!response.ok && response.status !== 422) throw new Error((await response.text()) || response.statusText);
    answer = await response.json();
  } catch (error) {
    drawReview([say("notSaved", error.message)]);
    announce(say("notSaved", error.message));
    return false;
  }
  if (answer.objections) { drawReview(answer.objections); return false; }
  for (const [row, decision] of Object.entries(answer.decisions)) {
    if (decision) page.data.decisions[row] = decision; else delete page.data.decisions[row];
  }
  Object.assign(entry, answer.entry);
  entry.haystack = undefined;
  announce(say("saved"));
  return true;
}
async function accept() { if (await decide({ rows: targets(), verdict: "accepted" })) after(); }
async function undo() { if (await decide({ rows: targets(), verdict: "withdrawn" })) refresh(); }
function after() {
  const wasGroup = pairs.question < 0;
  refresh();
  if (wasGroup) step(1);
}
function refresh() {
  const current = pairs.current;
  const [question, scroll] = [pairs.question, document.querySelector(".list").scrollTop];
  drawList();
  document.querySelector(".list").scrollTop = scroll;
  choose(current);
  if (question >= 0) pickQuestion(question);
}

function reject() {
  const field = el("input", { type: "text", required: true, "aria-label": say("rejectWhy"), placeholder: say("rejectWhy"), size: 40 });
  const form = el("form", { class: "review", onsubmit: async (event) => {
    event.preventDefault();
    if (await decide({ rows: targets(), verdict: "rejected", reason: field.value })) after();
  }, onkeydown: (event) => formKey(event, () => drawReview()) },
    field, el("button", { type: "submit" }, say("reject")), el("button", { type: "button", onclick: () => drawReview() }, `${say("cancel")} (Esc)`));
  document.getElementById("review").replaceChildren(form);
  field.focus({ preventScroll: true });
}

function formKey(event, cancel) {
  if (event.key === "Escape") { cancel(); document.getElementById("main").focus({ preventScroll: true }); }
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
}

function edit() {
  const entry = pairs.current;
  const area = (label, value, rows = 2) => { const box = el("textarea", { rows, value }); return [el("label", {}, label, box), box]; };
  const whole = pairs.question < 0;
  const [questionLabel, question] = whole ? [null, null] : area(say("question", pairs.question + 1), entry.questions[pairs.question][1]);
  const main = whole ? ["description", "solution", "text"].find((name) => entry[name]) : null;
  const [mainLabel, mainArea] = main ? area(say(main === "text" ? "answer" : main), entry[main], 4) : [null, null];
  const steps = whole ? entry.steps.map(([text], index) => area(say("stepOf", index + 1), text)) : [];
  const form = el("form", { class: "edit", onsubmit: async (event) => {
    event.preventDefault();
    const change = whole ? { [main]: mainArea.value, steps: steps.map(([, box]) => box.value) } : { question: question.value };
    if (await decide({ rows: targets(), verdict: "edited", edit: change })) refresh();
  }, onkeydown: (event) => formKey(event, () => drawAnswer()) },
    questionLabel, mainLabel, steps.map(([label]) => label), el("button", { type: "submit" }, `${say("save")} (Ctrl+Enter)`), " ", el("button", { type: "button", onclick: () => drawAnswer() }, `${say("cancel")} (Esc)`));
  document.getElementById("answer").replaceChildren(form);
  form.querySelector("textarea").focus();
}
