/**
 * Says why something is marked: under the pointer, at the keyboard's focus, and where the caret stands in a text box.
 * The tip stays while the pointer is on it; Escape takes it away.
 */

const LEAVE_MS = 150; // time to move the pointer from the mark to the tip
const GAP = 6;
const MARGIN = 8;
const CARET_KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);

export class Tip {
  #box;
  #draw;
  #timer = 0;
  #mark = null;

  /** `draw(mark)` gives the tip's content for a mark. */
  constructor(box, draw) {
    this.#box = box;
    this.#draw = draw;
    box.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    box.addEventListener("pointerleave", () => this.#leave());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
    const stay = () => this.#mark && this.#place(this.#mark.getClientRects()[0]);
    window.addEventListener("scroll", stay, { capture: true, passive: true });
    window.addEventListener("resize", stay);
  }

  /** Explain the marks in `area`, which the pointer and the keyboard reach themselves. */
  follow(area) {
    const markOf = (event) => event.target.closest("mark");
    for (const arrive of ["pointerover", "focusin"]) {
      area.addEventListener(arrive, (event) => (markOf(event) ? this.#show(markOf(event)) : this.#leave()));
    }
    area.addEventListener("pointerleave", () => this.#leave());
    area.addEventListener("focusout", () => this.hide());
  }

  /** Explain the marks of `mirror`, which lies behind the text box `source`. `told(mark)` runs for the keyboard. */
  followBehind(source, mirror, told) {
    const marks = () => [...mirror.querySelectorAll("mark")];
    let waiting = 0;
    source.addEventListener("pointermove", ({ clientX, clientY }) => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => {
        const mark = marks().find((candidate) => rectAt(candidate, clientX, clientY));
        if (mark) this.#show(mark, rectAt(mark, clientX, clientY));
        else this.#leave();
      });
    });
    source.addEventListener("pointerleave", () => {
      cancelAnimationFrame(waiting);
      this.#leave();
    });
    const atCaret = () => {
      const at = source.selectionStart;
      const mark = marks().find(({ dataset }) => dataset.start <= at && at < dataset.end);
      if (!mark) this.hide();
      else if (mark !== this.#mark) {
        this.#show(mark);
        told(mark);
      }
    };
    source.addEventListener("keyup", (event) => {
      if (CARET_KEYS.has(event.key)) atCaret();
    });
    source.addEventListener("click", atCaret);
    source.addEventListener("input", () => this.hide());
    source.addEventListener("blur", () => this.hide());
  }

  hide() {
    clearTimeout(this.#timer);
    this.#mark = null;
    this.#box.hidden = true;
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), LEAVE_MS);
  }

  #show(mark, rect = mark.getClientRects()[0]) {
    clearTimeout(this.#timer);
    if (mark === this.#mark || !rect) return;
    this.#mark = mark;
    this.#box.replaceChildren(...this.#draw(mark));
    this.#box.hidden = false;
    this.#place(rect);
  }

  /** Put the tip under a line of its mark, or over it where there is no room; away once that has left the window. */
  #place(rect) {
    if (!rect || rect.bottom < 0 || rect.top > window.innerHeight) {
      this.hide();
      return;
    }
    const { width, height } = this.#box.getBoundingClientRect();
    const left = Math.max(MARGIN, Math.min(rect.left, document.documentElement.clientWidth - width - MARGIN));
    const below = rect.bottom + GAP;
    const fits = below + height + MARGIN <= window.innerHeight;
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${fits ? below : Math.max(MARGIN, rect.top - GAP - height)}px`;
  }
}

/** The line of `mark` that a point lies on. */
function rectAt(mark, x, y) {
  return [...mark.getClientRects()].find(
    ({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom,
  );
}
