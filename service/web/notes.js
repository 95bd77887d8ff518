/** Footnotes of a translation: what slang of the source means and what codes in it say, numbered in the text. */

import { has, language, t } from "./i18n.js";
import { make } from "./render.js";
import { carry, codePointOffsets, layers, toUtf16 } from "./spans.js";

const MAX_NOTES = 40; // footnotes shown; a text full of slang is no easier to read with more of them
const MAX_LENGTH = 160; // code points of what a code says

/**
 * The footnotes of `source` in the order of the text, equal terms as one: `{title, places, slang | code}`, places in
 * UTF-16 units. A code that slang explains already is left out.
 */
export function footnotes(source, { notes = [], decoded = [] }) {
  const offsets = codePointOffsets(source);
  const explained = new Set(notes.map(({ span, expansion }) => `${span} ${expansion}`));
  const found = [
    ...notes.map((slang) => ({ span: slang.span, key: `slang ${slang.id}`, slang })),
    ...decoded
      .filter(({ span, text }) => !explained.has(`${span} ${text}`))
      .map((code) => ({ span: code.span, key: `code ${code.kind} ${code.text}`, code })),
  ].sort((a, b) => a.span[0] - b.span[0]);
  const groups = new Map();
  for (const { span, key, slang, code } of found) {
    const place = toUtf16(offsets, span);
    if (!place) continue;
    if (groups.has(key)) groups.get(key).places.push(place);
    else groups.set(key, { title: source.slice(...place), places: [place], slang, code });
  }
  return [...groups.values()];
}

/**
 * Fill `box`, which lies over the text box, with `text`: terms underlined, their numbers behind them as links. The
 * text itself is there for the layout only; the numbers take no room in it.
 */
export function drawReferences(box, all, source, text) {
  const shown = all.slice(0, MAX_NOTES);
  const marks = shown.flatMap(({ places }, note) =>
    carry(places, source, text).map((place) => ({ place, note })).filter(({ place }) => place),
  );
  const seen = new Map();
  const nodes = layers(text.length, marks.map(({ place }) => place)).flatMap(({ start, end, spans }) => {
    const piece = make("span", { className: spans.length ? "noted" : "" }, text.slice(start, end));
    piece.setAttribute("aria-hidden", "true");
    const links = spans
      .filter((at) => marks[at].place[1] === end)
      .map((at) => reference(marks[at].note, shown, seen));
    return links.length ? [piece, make("span", { className: "references" }, ...links)] : [piece];
  });
  box.hidden = marks.length === 0;
  box.replaceChildren(...(box.hidden ? [] : nodes));
}

function reference(note, all, seen) {
  const number = note + 1;
  const occurrence = (seen.get(note) ?? 0) + 1;
  seen.set(note, occurrence);
  const id = occurrence === 1 ? `reference-${number}` : `reference-${number}-${occurrence}`;
  const link = make("a", { id, className: "reference", href: `#note-${number}` }, String(number));
  link.title = summary(all[note]);
  link.setAttribute("aria-label", t("note_reference", { number, term: all[note].title }));
  link.setAttribute("aria-describedby", `note-${number}`);
  return link;
}

/** List the footnotes, each with a link back to its first place in the text. Gives how many there are. */
export function drawNotes(list, all) {
  const items = all.slice(0, MAX_NOTES).map((note, at) => {
    const number = at + 1;
    const back = make("a", { className: "note-number", href: `#reference-${number}` }, String(number));
    back.setAttribute("aria-label", t("note_back", { number, term: note.title }));
    const term = make("b", { className: "note-term" }, clipped(note.title));
    const head = [term, make("span", { className: "kind" }, kindName(note))];
    if (note.places.length > 1) head.push(make("span", { className: "times" }, `×${note.places.length}`));
    const body = make("div", {}, make("p", { className: "note-head" }, ...head), ...lines(note));
    return make("li", { id: `note-${number}`, tabIndex: -1 }, back, body);
  });
  const hidden = all.length - items.length;
  if (hidden > 0) items.push(make("li", { className: "kind" }, t("more", { count: hidden })));
  list.replaceChildren(...items);
  return all.length;
}

function kindName({ slang, code }) {
  if (slang) return t(slang.id.startsWith("emote-") ? "note_emote" : "note_slang");
  return has(`code_${code.kind}`) ? t(`code_${code.kind}`) : code.kind;
}

function lines({ slang, code }) {
  const meanings = slang ? slangMeanings(slang) : codeMeanings(code);
  const result = meanings.length ? [make("p", { className: "note-meanings" }, ...meanings)] : [];
  const note = slang && slangNote(slang);
  if (note) result.push(make("p", { className: "note-text", lang: note.lang }, note.text));
  return result;
}

function slangMeanings({ lang, term, expansion, translation }) {
  const [own, other] = lang === "zh" ? ["zh-Hans", "en"] : ["en", "zh-Hans"];
  const meanings = expansion === term ? [] : [[expansion, own]];
  return words([...meanings, [translation, other]]);
}

function codeMeanings({ text, english }) {
  return words([[text, /\p{Script=Han}/u.test(text) ? "zh-Hans" : "en"], [english, "en"]]);
}

function words(meanings) {
  return meanings
    .filter(([text]) => text)
    .flatMap(([text, lang], at) => [...(at ? [" · "] : []), make("span", { lang }, clipped(text))]);
}

/**
 * The note in the page's language, unless it only repeats the meaning above it. Where there is but an English one, it
 * stands in for a meaning that is missing.
 */
function slangNote({ lang, term, expansion, note_en: english, note_zh: chinese }) {
  if (language() === "en") return english ? { text: english, lang: "en" } : null;
  const explained = lang === "zh" && expansion && expansion !== term;
  if (chinese && !(explained && chinese === `意思是“${expansion}”。`)) return { text: chinese, lang: "zh-Hans" };
  return english && !explained ? { text: english, lang: "en" } : null;
}

/** One line for a tool tip. */
function summary(note) {
  const meanings = note.slang ? slangMeanings(note.slang) : codeMeanings(note.code);
  return make("p", {}, ...meanings).textContent;
}

function clipped(text) {
  const characters = [...text];
  if (characters.length <= MAX_LENGTH) return text;
  return `${characters.slice(0, MAX_LENGTH).join("")}…`;
}

/** Numbers lead to their note and back by focus; a place that an edit took away leads to `otherwise`. */
export function linkNotes(areas, otherwise) {
  for (const area of areas) {
    area.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      if (!link) return;
      event.preventDefault(); // the address names the open tab
      const place = document.getElementById(link.hash.slice(1)) ?? otherwise;
      place.scrollIntoView({ block: "nearest" });
      place.focus({ preventScroll: true });
    });
  }
}
