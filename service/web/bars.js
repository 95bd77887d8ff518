/** Scores as bars that are read out too. A score that there is not is said to be missing: it is never a short bar. */

import { has, t } from "./i18n.js";
import { make } from "./render.js";

const SVG = "http://www.w3.org/2000/svg";
const SMALL = 0.005; // what would be shown as 0.00

/** List every category of `verdict` with its score, the limit of a rule that objects, and the second opinion. */
export function drawScores(list, verdict) {
  const limits = limitsOf(verdict.reasons);
  const rows = Object.entries(verdict.categories).map(([category, { score, supported }]) => {
    const name = categoryName(category);
    const cells = [make("span", { className: "score-name" }, name)];
    if (score === null) cells.push(missing(supported, verdict.language));
    else cells.push(...scored(name, score, limits.get(category)));
    const opinion = verdict.opinion?.[category] ?? null;
    if (verdict.opinion && (score !== null || opinion !== null)) cells.push(...second(name, opinion));
    const row = make("li", { className: "score" }, ...cells);
    row.dataset.category = category;
    return row;
  });
  list.replaceChildren(...rows);
}

export function categoryName(category) {
  const key = `category_${category ?? "none"}`;
  return has(key) ? t(key) : category;
}

/** Two digits; something above zero never looks like zero. */
export function scoreText(score) {
  return score > 0 && score < SMALL ? "<0.01" : score.toFixed(2);
}

/** The lowest limit that a category's score has passed. */
function limitsOf(reasons) {
  const limits = new Map();
  for (const { category, threshold } of reasons) {
    if (category === null || threshold === null) continue;
    limits.set(category, Math.min(threshold, limits.get(category) ?? 1));
  }
  return limits;
}

function scored(name, score, limit) {
  return [meter(name, score, limit), number(scoreText(score))];
}

function second(name, score) {
  const label = make("span", { className: "score-opinion" }, t("score_opinion_short"));
  if (score === null) return [label, missing(false, "")];
  const bar = meter(t("score_opinion", { category: name }), score);
  bar.classList.add("thin");
  return [label, bar, number(scoreText(score))];
}

/** The number beside a bar; the bar itself is read out with it. */
function number(text) {
  const node = make("span", { className: "score-number" }, text);
  node.setAttribute("aria-hidden", "true");
  return node;
}

function missing(supported, language) {
  const key = supported ? "score_missing" : language === "none" ? "score_wordless" : "score_unsupported";
  return make("span", { className: "score-missing" }, t(key));
}

/** A bar for `score` that is read out as `said`; a line across it marks the limit, where there is one. */
export function meter(name, score, limit, said = spoken(score, limit)) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.append(shape("rect", { class: "bar-trough", width: "100%", height: "100%" }));
  svg.append(shape("rect", { class: "bar-fill", width: percent(score), height: "100%" }));
  if (limit !== undefined) {
    const x = percent(limit);
    svg.append(shape("line", { class: "bar-limit", x1: x, x2: x, y1: "0", y2: "100%" }));
  }
  const bar = make("span", { className: "bar" }, svg);
  if (limit !== undefined) bar.classList.add("passed");
  const attributes = {
    role: "meter",
    "aria-label": name,
    "aria-valuemin": 0,
    "aria-valuemax": 1,
    "aria-valuenow": score,
    "aria-valuetext": said,
  };
  for (const [key, value] of Object.entries(attributes)) bar.setAttribute(key, value);
  return bar;
}

function spoken(score, limit) {
  if (limit === undefined) return scoreText(score);
  return t("score_value", { score: scoreText(score), limit: scoreText(limit) });
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function percent(value) {
  return `${Math.min(Math.max(value, 0), 1) * 100}%`;
}
