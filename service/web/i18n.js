/** The page's own words in its two languages, and where they go. */

import * as moderation from "./moderation-words.js";
import * as notes from "./notes-words.js";
import * as page from "./words.js";

const en = { ...page.en, ...notes.en, ...moderation.en };
const zh = { ...page.zh, ...notes.zh, ...moderation.zh };
export const MESSAGES = { en, zh };
const KEY = "magpie.language";
const SAID = new Map(Object.keys(en).filter((key) => key.startsWith("said_")).map((key) => [en[key], key]));
let current = "en";

/** The saved choice, else the browser's first language, as `en` or `zh`. */
export function preferredLanguage() {
  const browser = (navigator.language ?? "").toLowerCase().startsWith("zh") ? "zh" : "en";
  try {
    const saved = localStorage.getItem(KEY);
    return saved in MESSAGES ? saved : browser;
  } catch {
    return browser;
  }
}

/** Switch the page's words; `remember` keeps the choice for the next visit. */
export function setLanguage(language, { remember = false } = {}) {
  current = language;
  if (remember) {
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // Storage may be blocked; the choice then lasts until the page is closed.
    }
  }
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.title = t("title");
  for (const [data, set] of Object.entries(PLACES)) {
    for (const node of document.querySelectorAll(`[data-${data}]`)) {
      set(node, t(node.getAttribute(`data-${data}`)));
    }
  }
}

export function language() {
  return current;
}

/** Where a translated word goes, by the attribute that names its key. */
const PLACES = {
  i18n: (node, text) => (node.textContent = text),
  "i18n-label": (node, text) => node.setAttribute("aria-label", text),
  "i18n-title": (node, text) => (node.title = text),
  "i18n-placeholder": (node, text) => (node.placeholder = text),
};

export function has(key) {
  return key in en;
}

/** The message for `key`, with `{name}` replaced from `values`. */
export function t(key, values = {}) {
  const template = MESSAGES[current][key] ?? en[key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** A sentence of the service in the page's language where its words are known, else as it came. */
export function said(sentence) {
  const parts = sentence.split("; ").map((part) => (SAID.has(part) ? t(SAID.get(part)) : part));
  return parts.join(current === "zh" ? "；" : "; ");
}
