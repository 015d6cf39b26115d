// A function's text with its file's line numbers. Colours help the eye; a wrong one does no harm, so a few patterns do.
const PYTHON = "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda None nonlocal not or pass raise return self True try while with yield match case";
const C_LIKE = "abstract auto bool boolean break byte case catch char class const constexpr continue default delete do double else enum explicit extends extern false final finally float for friend func function go goto if implements import inline instanceof int interface let long mutable namespace new nil noexcept null nullptr operator override package private protected public range return short signed sizeof static struct super switch synchronized template this throw throws true try type typedef typename union unsigned using var virtual void volatile while async await export from of in";
const keywords = (list) => new Set(list.split(" "));
const GRAMMARS = {
  python: { keys: keywords(PYTHON), pattern: /(#[^\n]*)|("""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(\b\d[\w.]*)|([A-Za-z_]\w*)/g },
  other: { keys: keywords(C_LIKE), pattern: /(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|("(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?)|(\b\d[\w.']*)|([A-Za-z_]\w*)/g },
};
function tokens(code, language) {
  const { keys, pattern } = GRAMMARS[language] ?? GRAMMARS.other;
  const out = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    const kind = match[1] ? "c" : match[2] ? "s" : match[3] ? "d" : keys.has(match[4]) ? "k" : "";
    if (!kind) continue;
    out.push(["", code.slice(end, match.index)], [kind, match[0]]);
    end = match.index + match[0].length;
  }
  out.push(["", code.slice(end)]);
  return out;
}
const LINES_SHOWN = 2000;
function source(fn) {
  const lines = [[]];
  for (const [kind, text] of tokens(fn.code.slice(0, 400000), fn.language)) {
    text.split("\n").forEach((piece, index) => {
      if (index) lines.push([]);
      if (piece) lines.at(-1).push(kind ? el("span", { class: kind }, plain(piece)) : plain(piece));
    });
  }
  return el("pre", { class: "source", tabindex: "0", "aria-label": fn.name },
    lines.slice(0, LINES_SHOWN).map((line, index) => el("span", { "data-n": fn.start + index }, line)));
}
