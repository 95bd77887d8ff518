/** Draws an answer. Everything a user or the service wrote goes in as text nodes, never as markup. */

import { has, t } from "./i18n.js";
import { codePointOffsets, runs, toUtf16 } from "./spans.js";

const MAX_TOKENS = 40; // different tokens listed; the marks in the text show the rest
const MAX_QUOTES = 3; // quotes under one warning
const QUOTE_LENGTH = 48;
const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `children` are nodes or strings. */
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** A picture of icons.svg, for the eye only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** List posts to try; `choose(example)` runs when one is taken. */
export function drawExamples(list, examples, choose) {
  const items = examples.map((example) => {
    const button = make(
      "button",
      { type: "button", className: "example" },
      make("span", { className: "example-label" }, t(example.label)),
      make("span", { className: "example-text", lang: example.lang }, example.text),
    );
    button.addEventListener("click", () => choose(example));
    return make("li", {}, button);
  });
  list.replaceChildren(...items);
}

/** Spans of a translation in UTF-16 units: tokens and segments, in the source and in the answer. */
export function locate(source, translation) {
  const from = codePointOffsets(source);
  const to = codePointOffsets(translation.text);
  const tokens = translation.protected ?? [];
  const segments = translation.segments ?? [];
  return {
    kinds: tokens.map((token) => token.kind),
    source: {
      tokens: tokens.map((token) => toUtf16(from, token.source)),
      segments: segments.map((segment) => toUtf16(from, segment.source)),
    },
    target: {
      tokens: tokens.map((token) => toUtf16(to, token.target)),
      segments: segments.map((segment) => toUtf16(to, segment.target)),
    },
  };
}

/** Fill `box` with `text`, tokens as `<mark>`, segments as `<span>`; both carry their index for `linkHover`. */
export function drawText(box, text, spans, kinds, { titles = false } = {}) {
  const nodes = runs(text.length, spans.tokens, spans.segments).map((run) => {
    const piece = text.slice(run.start, run.end);
    if (run.token < 0 && run.segment < 0) return document.createTextNode(piece);
    const node = make(run.token < 0 ? "span" : "mark", {}, piece);
    if (run.segment >= 0) node.dataset.segment = run.segment;
    if (run.token >= 0) {
      const kind = kinds[run.token];
      node.dataset.token = run.token;
      node.dataset.kind = kind;
      if (titles) node.title = kind === "term" ? t("glossary_says") : t("kept", { kind: kindName(kind) });
    }
    return node;
  });
  box.replaceChildren(...nodes);
}

function kindName(kind) {
  return has(`kind_${kind}`) ? t(`kind_${kind}`) : kind;
}

/** List the protected tokens, equal ones once, with how often they occur; a glossary's with what it calls them. */
export function drawTokens(list, source, target, located) {
  const groups = new Map();
  located.source.tokens.forEach((span, index) => {
    if (!span) return;
    const kind = located.kinds[index];
    const text = source.slice(...span);
    const place = kind === "term" && located.target.tokens[index];
    const called = place ? target.slice(...place) : "";
    const key = [kind, text, called].join(" ");
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, { kind, text, called, count: 1, index });
  });
  const shown = [...groups.values()].slice(0, MAX_TOKENS).map(({ kind, text, called, count, index }) => {
    const mark = make("mark", {}, text);
    mark.dataset.kind = kind;
    mark.dataset.token = index;
    const times = count > 1 ? [make("span", { className: "times" }, `×${count}`)] : [];
    const arrow = called ? [make("span", { className: "arrow" }, "→"), called] : [];
    return make("li", {}, mark, ...arrow, ...times, make("span", { className: "kind" }, kindName(kind)));
  });
  const hidden = groups.size - shown.length;
  if (hidden > 0) shown.push(make("li", { className: "kind" }, t("more", { count: hidden })));
  list.replaceChildren(...shown);
  return groups.size;
}

/** List warnings in the page's language: one line for each kind, quoting the places it is about. */
export function drawWarnings(list, source, warnings) {
  const offsets = codePointOffsets(source);
  const groups = new Map();
  for (const warning of warnings) {
    const message = warningText(warning);
    const quotes = groups.get(message) ?? new Set();
    const quote = quoted(source, toUtf16(offsets, warning.span));
    if (quote) quotes.add(quote);
    groups.set(message, quotes);
  }
  const items = [...groups].map(([message, quotes]) => {
    const shown = [...quotes].slice(0, MAX_QUOTES).map((quote) => make("q", {}, quote));
    if (quotes.size > MAX_QUOTES) {
      shown.push(make("span", { className: "kind" }, t("more", { count: quotes.size - MAX_QUOTES })));
    }
    const item = make("li", {}, message);
    for (const node of shown) item.append(" ", node);
    return item;
  });
  list.replaceChildren(...items);
  return items.length;
}

function warningText({ code, reason, message }) {
  const exact = `warn_${code}_${reason}`;
  if (reason && has(exact)) return t(exact);
  return has(`warn_${code}`) ? t(`warn_${code}`) : message || code;
}

/** The start of the stretch a warning is about; nothing when it is about the whole text. */
function quoted(source, span) {
  if (!span || span[1] - span[0] >= source.trim().length) return "";
  const characters = [...source.slice(...span).trim()];
  if (characters.length <= QUOTE_LENGTH) return characters.join("");
  return `${characters.slice(0, QUOTE_LENGTH).join("")}…`;
}

/** List alternatives, each with a button that hands its text to `copy(text, button)`. */
export function drawAlternatives(list, alternatives, lang, copy) {
  const items = alternatives.map((text, index) => {
    const button = make("button", { type: "button", className: "quiet" }, t("copy"));
    button.setAttribute("aria-label", t("alternative_number", { number: index + 1 }));
    button.addEventListener("click", () => copy(text, button));
    return make("li", {}, make("span", { className: "alternative", lang }, text), button);
  });
  list.replaceChildren(...items);
  return items.length;
}

/** What the badge beside the source language says; empty when the reader named the language. */
export function detectionText(detection) {
  if (!detection) return "";
  if (!detection.lang) {
    const key = `detected_${detection.reason}`;
    return has(key) ? t(key) : t("detected_unknown_script");
  }
  return t(detection.mixed ? "detected_mixed" : "detected", {
    language: t(`lang_${detection.lang}`),
    percent: Math.round(detection.confidence * 100),
  });
}

/** Short and long form of the stage times, in milliseconds. */
export function timingTexts(timing, roundTrip) {
  const stages = Object.entries(timing);
  const total = readable(roundTrip);
  if (!stages.length) return { text: t("timing_round_trip", { total }), title: "" };
  const sum = timing.total ?? stages.reduce((all, [, duration]) => all + duration, 0);
  const text = t("timing", {
    total: readable(sum),
    queue: readable(timing.queue ?? 0),
    inference: readable(timing.inference ?? 0),
  });
  const list = stages.map(([name, duration]) => `${name} ${readable(duration)}`).join(", ");
  return { text, title: t("timing_title", { stages: list, total }) };
}

function readable(milliseconds) {
  return milliseconds < 10 ? String(Math.round(milliseconds * 10) / 10) : String(Math.round(milliseconds));
}

/** Pointing at a token or a segment inside `areas` lights up its counterparts in all of them. */
export function linkHover(areas) {
  const clear = () => {
    for (const area of areas) {
      for (const node of area.querySelectorAll(".linked")) node.classList.remove("linked");
    }
  };
  const light = (selector) => {
    for (const area of areas) {
      for (const node of area.querySelectorAll(selector)) node.classList.add("linked");
    }
  };
  for (const area of areas) {
    area.addEventListener("pointerover", (event) => {
      clear();
      const { token, segment } = event.target.closest("[data-token], [data-segment]")?.dataset ?? {};
      if (token !== undefined) light(`[data-token="${token}"]`);
      else if (segment !== undefined) light(`[data-segment="${segment}"]`);
    });
    area.addEventListener("pointerleave", clear);
  }
}
