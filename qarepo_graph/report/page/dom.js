// The page is built from text nodes only: nothing a model or a repository wrote is ever read as markup.
// The chart library empties its own element through innerHTML; nothing else may come in that way.
window.trustedTypes?.createPolicy("default", { createHTML: (text) => (text === "" ? "" : null) });

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

// Control and direction-changing characters would act on the reader's screen or hide what is written: show their names.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
function plain(text) {
  return text.replace(CONTROL, (c) => {
    const code = c.codePointAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
const SHOWN = 20000;  // a longer text is cut until asked for, so that one row cannot freeze the page
function long(text, draw) {
  if (text.length <= SHOWN) return draw(text);
  const holder = el("span", {}, draw(text.slice(0, SHOWN)), "… ");
  holder.append(el("button", { type: "button", onclick: () => holder.replaceChildren(...[draw(text)].flat(Infinity)) },
    say("more", text.length.toLocaleString())));
  return holder;
}
const number = (value) => Math.round(value).toLocaleString(page.language === "zh" ? "zh-CN" : "en");
const percent = (part, whole) => (whole ? `${(Math.floor(1000 * part / whole) / 10).toFixed(1)} %` : "–");
const announce = (text) => { document.getElementById("announce").textContent = text; };

// Identifiers: code spans, and words that can only be code (dots, underscores, inner capitals).
const CODE_SPAN = /(`+)([^`]+?)\1/g;
const CODE_WORD = /[A-Za-z_~][\w]*(?:(?:\.|::)~?[A-Za-z_]\w*)+|[A-Za-z]*_\w+|[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*/g;
function prose(text) {
  return long(text, (shown) => {
    const out = [];
    let end = 0;
    for (const match of shown.matchAll(CODE_SPAN)) {
      out.push(...words(shown.slice(end, match.index)), identifier(match[2].trim(), true));
      end = match.index + match[0].length;
    }
    out.push(...words(shown.slice(end)));
    return out;
  });
}
function words(text) {
  const out = [];
  let end = 0;
  for (const match of text.matchAll(CODE_WORD)) {
    if (!page.names.has(match[0])) continue;
    out.push(plain(text.slice(end, match.index)), identifier(match[0], false));
    end = match.index + match[0].length;
  }
  out.push(plain(text.slice(end)));
  return out;
}
const CALL = /^([\w.:~]+)\([^()]*(?:\([^()]*\)[^()]*)*\)$/;
function identifier(name, inCode) {
  const target = page.names.get(name) ?? page.names.get(CALL.exec(name)?.[1]);
  if (target === undefined) return inCode ? el("code", {}, plain(name)) : plain(name);
  return el("button", { type: "button", class: "link", "aria-label": say("open", name), onclick: () => openDefinition(target) }, plain(name));
}
