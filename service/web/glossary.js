/** The reader's own terms: rows of source and target, kept in this browser where it allows that. */

import { t } from "./i18n.js";
import { say } from "./page.js";
import { make } from "./render.js";

const KEY = "magpie.glossary";

export class Glossary {
  #rows = stored(); // [source, target] as typed
  #parts;
  #live;

  /** `parts` are the elements `list`, `add`, `count` and `problem`; `live` asks anew when the terms change. */
  constructor(parts, live) {
    this.#parts = parts;
    this.#live = live;
    parts.add.addEventListener("click", () => this.#append());
    parts.list.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
      if (event.target.tagName !== "INPUT") return;
      event.preventDefault();
      this.#append();
    });
  }

  /** What to send: whole rows only, and the last of those with the same source. */
  get terms() {
    const whole = this.#rows.map((row) => row.map((word) => word.trim())).filter(([source, target]) => source && target);
    return Object.fromEntries(whole);
  }

  draw() {
    this.#parts.list.replaceChildren(...this.#rows.map((row, at) => this.#drawRow(row, at)));
    this.#drawCount();
    this.accept();
  }

  /** Say what the service has against the terms. False where the error is about something else. */
  reject({ field, limit, actual, message }) {
    if (field?.split(/[.[]/)[0] !== "glossary") return false;
    const key = limit === null ? "" : actual > limit && /too many/.test(message) ? "glossary_too_many" : "glossary_too_long";
    const { problem } = this.#parts;
    problem.textContent = key ? t(key, { limit, actual }) : message;
    problem.lang = key ? "" : "en";
    problem.hidden = false;
    problem.closest("details").open = true;
    return true;
  }

  accept() {
    this.#parts.problem.hidden = true;
    this.#parts.problem.textContent = "";
  }

  #drawRow(row, at) {
    const field = (side, key) => {
      const input = make("input", { type: "text", value: row[side], autocomplete: "off", spellcheck: false });
      input.setAttribute("aria-label", t(key, { number: at + 1 }));
      input.placeholder = t(`${key}_hint`);
      input.addEventListener("input", (event) => {
        row[side] = input.value;
        this.#changed();
        if (!event.isComposing) this.#live.soon();
      });
      input.addEventListener("compositionend", () => this.#live.soon());
      return input;
    };
    const remove = make("button", { type: "button", className: "quiet" }, t("glossary_remove"));
    remove.setAttribute("aria-label", t("glossary_remove_row", { number: at + 1 }));
    remove.addEventListener("click", () => this.#remove(at));
    const arrow = make("span", { className: "arrow" }, "→");
    arrow.setAttribute("aria-hidden", "true");
    return make("li", {}, field(0, "glossary_source"), arrow, field(1, "glossary_target"), remove);
  }

  #append() {
    this.#rows.push(["", ""]);
    this.draw();
    this.#parts.list.lastElementChild.querySelector("input").focus();
  }

  #remove(at) {
    this.#rows.splice(at, 1);
    this.draw();
    this.#changed();
    const rows = this.#parts.list.children;
    const next = rows[Math.min(at, rows.length - 1)]?.querySelector("button") ?? this.#parts.add;
    next.focus();
    say(t("glossary_removed", { number: at + 1 }));
    this.#live.now();
  }

  #changed() {
    this.#drawCount();
    store(this.#rows);
  }

  #drawCount() {
    const count = Object.keys(this.terms).length;
    this.#parts.count.hidden = count === 0;
    this.#parts.count.textContent = String(count);
  }
}

function stored() {
  try {
    const rows = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    const isRow = (row) => Array.isArray(row) && row.length === 2 && row.every((word) => typeof word === "string");
    return Array.isArray(rows) ? rows.filter(isRow) : [];
  } catch {
    return []; // storage is blocked, or holds something else
  }
}

function store(rows) {
  try {
    localStorage.setItem(KEY, JSON.stringify(rows.filter(([source, target]) => source || target)));
  } catch {
    // Storage may be blocked or full; the terms then last until the page is closed.
  }
}
