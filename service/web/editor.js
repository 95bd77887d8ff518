/** A text box with highlights behind it, a counter and a button that clears it. Both tabs have one. */

import { t } from "./i18n.js";
import { textLimit } from "./page.js";
import { codePointLength } from "./spans.js";

export class Editor {
  /** `parts` are the elements `box`, `source`, `mirror`, `counter` and `clear`. */
  constructor(parts) {
    Object.assign(this, parts);
  }

  get text() {
    return this.source.value;
  }

  set text(value) {
    this.source.value = value;
  }

  /** After every edit `changed` runs at once, and `live` asks when the typing pauses. */
  wire(live, changed) {
    this.source.addEventListener("input", () => {
      changed();
      live.soon();
    });
    this.source.addEventListener("compositionstart", () => (live.composing = true));
    this.source.addEventListener("compositionend", () => {
      live.composing = false;
      live.soon();
    });
    this.clear.addEventListener("click", () => {
      this.text = "";
      changed();
      live.now();
      this.source.focus();
    });
  }

  tooLong() {
    const limit = textLimit();
    return Boolean(limit) && codePointLength(this.text) > limit;
  }

  /** Nothing that the service could work on. */
  unfit() {
    return !this.text.trim() || this.tooLong();
  }

  drawCounter() {
    const count = codePointLength(this.text);
    const limit = textLimit();
    const number = (value) => value.toLocaleString("en");
    this.counter.textContent = limit
      ? t("counter", { count: number(count), limit: number(limit) })
      : t("counter_plain", { count: number(count) });
    const over = this.tooLong();
    this.counter.classList.toggle("over", over);
    this.source.setAttribute("aria-invalid", String(over));
    this.clear.hidden = count === 0;
  }

  /** Let `draw(mirror, text)` fill the highlights. */
  drawMirror(draw) {
    draw(this.mirror, this.text);
    this.mirror.append("\u200b"); // gives a last, empty line its height
  }
}
