/** Draws a verdict: the action with its icon, the rules that asked for it, what could not be done, the small print. */

import { categoryName, scoreText } from "./bars.js";
import { has, said, t } from "./i18n.js";
import { icon, make, timingTexts } from "./render.js";

/** The action as a badge: a word and a picture, so that colour is not needed. */
export function badge(action) {
  const node = make("span", { className: "action" }, icon(`action-${action}`), t(`action_${action}`));
  node.dataset.action = action;
  return node;
}

/** One sentence on what the verdict asks for. */
export function summary({ action, mode, reasons }) {
  const count = reasons.filter((reason) => reason.action === action).length;
  const text = t(`summary_${action}`, { count });
  return mode === "shadow" ? `${text} ${t("summary_shadow")}` : text;
}

/** Fill the strip under the text box; without a verdict it says `instead`. */
export function drawStrip(strip, verdict, instead) {
  const action = verdict?.action ?? "none";
  strip.dataset.action = action;
  const words = make("span", { className: "summary" }, verdict ? summary(verdict) : instead);
  strip.replaceChildren(...(verdict ? [badge(action)] : []), words);
}

/** List the rules that objected, strictest first. */
export function drawReasons(list, reasons) {
  const items = reasons.map((reason) => make("li", {}, badge(reason.action), reasonText(reason)));
  if (!items.length) items.push(make("li", { className: "muted" }, t("reasons_none")));
  list.replaceChildren(...items);
}

function reasonText({ rule, category, score, threshold, message }) {
  const text = make("div", { className: "reason" });
  const title = category === null ? rule : categoryName(category);
  text.append(make("span", { className: "reason-title" }, title));
  if (score !== null && threshold !== null) {
    const numbers = t("reason_score", { score: scoreText(score), limit: scoreText(threshold) });
    text.append(make("span", {}, numbers));
  }
  if (message) text.append(make("span", {}, said(message)));
  if (category !== null) text.append(make("span", { className: "evidence-rule" }, rule));
  return text;
}

/** List what could not be done; gives how many things that are. */
export function drawFailures(list, warnings) {
  const items = warnings.map((code) => make("li", {}, has(`failed_${code}`) ? t(`failed_${code}`) : code));
  list.replaceChildren(...items);
  return items.length;
}

/** The small print: by which policy and model, as which language, how long it took. */
export function drawFacts(list, { verdict, timing, roundTrip }) {
  const times = timingTexts(timing, roundTrip);
  const facts = [
    ["policy", t("fact_policy_value", { name: verdict.policy, version: verdict.policy_version })],
    ["model", verdict.model],
    ["language", t(`judged_${verdict.language}`)],
    ["time", times.text, times.title],
  ];
  const nodes = facts.map(([key, text, title = ""]) =>
    make("div", {}, make("dt", {}, t(`fact_${key}`)), make("dd", { title }, text)),
  );
  list.replaceChildren(...nodes);
}
