/** Evidence on the screen: marks in a text, the list of what is marked, and what a mark says about itself. */

import { has, t } from "./i18n.js";
import { make } from "./render.js";
import { layers } from "./spans.js";

const MAX_MARKED = 300; // pieces of evidence that are drawn; a text full of them says nothing more
const MAX_LISTED = 30;
const QUOTE_LENGTH = 60;
const SOURCES = ["lexicon", "pattern", "classifier"]; // the first one of several gives a mark its colour

/** Where the evidence stands, in UTF-16 units. */
export function places(evidence) {
  return evidence.slice(0, MAX_MARKED).map((one) => one.utf16);
}

/** Fill `box` with `text`, its marked stretches as `<mark>` with the indices of their evidence. */
export function drawMarked(box, text, spans, evidence, { focusable = false } = {}) {
  const nodes = layers(text.length, spans).map(({ start, end, spans: indices }) => {
    const piece = text.slice(start, end);
    if (!indices.length) return document.createTextNode(piece);
    const mark = make("mark", {}, piece);
    const sources = indices.map((index) => sourceOf(evidence[index]));
    mark.dataset.source = SOURCES.find((source) => sources.includes(source)) ?? "other";
    mark.dataset.evidence = indices.join(" ");
    mark.dataset.start = start;
    mark.dataset.end = end;
    if (focusable) {
      mark.tabIndex = 0;
      mark.setAttribute("aria-describedby", "tip");
    }
    return mark;
  });
  box.replaceChildren(...nodes);
}

/** Indices of the evidence that a mark, or an entry of the list, is about. */
export function indicesOf(node) {
  return (node.dataset.evidence ?? "").split(" ").filter(Boolean).map(Number);
}

function sourceOf(one) {
  return one.rule.split(":", 1)[0];
}

/** What one piece of evidence is, in lines of text. */
export function explain(one) {
  const key = `category_${one.category ?? "none"}`;
  const lines = [{ kind: "title", text: has(key) ? t(key) : one.category }];
  lines.push({ kind: "source", text: sourceText(one) }, { kind: "rule", text: one.rule });
  if (one.views.length) {
    const chain = one.views.map((view) => (has(`view_${view}`) ? t(`view_${view}`) : view)).join(" → ");
    lines.push({ kind: "chain", text: t("read_through", { chain }) });
  }
  if (one.note === "approximate") lines.push({ kind: "guess", text: t("approximate") });
  return lines;
}

function sourceText({ rule, severity, weight }) {
  if (rule.startsWith("lexicon:")) return t("source_lexicon", { severity });
  if (rule.startsWith("pattern:")) return t("source_pattern");
  if (weight === null) return t("source_classifier");
  return t("source_classifier_weight", { weight: weight.toFixed(2) });
}

function lines(one) {
  return explain(one).map(({ kind, text }) => make("span", { className: `evidence-${kind}` }, text));
}

/** What the tip of a mark holds. */
export function drawTip(indices, evidence) {
  return indices.map((index) => make("p", {}, ...lines(evidence[index])));
}

/** List the evidence with its quotes; `select(index)` runs when a reader wants to see one in the text. */
export function drawEvidence(list, text, evidence, select) {
  const items = evidence.slice(0, MAX_LISTED).map((one, index) => {
    const quote = shorten(text.slice(...one.utf16));
    const button = make("button", { type: "button", className: "evidence-quote" }, quote);
    button.setAttribute("aria-label", t("evidence_show", { quote }));
    button.addEventListener("click", () => select(index));
    const item = make("li", {}, button, make("div", { className: "evidence-lines" }, ...lines(one)));
    item.dataset.evidence = index;
    item.dataset.source = SOURCES.includes(sourceOf(one)) ? sourceOf(one) : "other";
    return item;
  });
  const hidden = evidence.length - items.length;
  if (hidden > 0) items.push(make("li", { className: "kind" }, t("more", { count: hidden })));
  if (!evidence.length) items.push(make("li", { className: "muted" }, t("evidence_none")));
  list.replaceChildren(...items);
}

function shorten(quote) {
  const characters = [...quote];
  if (characters.length <= QUOTE_LENGTH) return quote;
  return `${characters.slice(0, QUOTE_LENGTH).join("")}…`;
}
