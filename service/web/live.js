/** Asks the service as one types: waits for a pause, gives up the request before, drops answers that come late. */

const DEBOUNCE_MS = 250;

export class LiveRequest {
  #steps;
  #timer = 0;
  #turn = 0; // the newest request; answers of older ones are dropped
  #asked = ""; // the newest request as JSON, so that nothing is asked twice in a row
  #running = null;

  /** An input method is open: half-typed pinyin is not text yet. */
  composing = false;

  /**
   * `steps.read()` gives the request, and `empty(request)` whether there is nothing to ask; `ask(request, signal)`
   * sends it. `show(request, answer, extra)`, `clear()`, `fail(error)` and `busy(on)` put the outcome on the screen.
   */
  constructor(steps) {
    this.#steps = steps;
  }

  /** Ask once the typing pauses. */
  soon() {
    clearTimeout(this.#timer);
    if (this.composing) return;
    this.#timer = setTimeout(() => this.now(), DEBOUNCE_MS);
  }

  /** Ask now. `again` asks even if nothing changed; `extra` comes back with the answer. */
  async now({ again = false, extra = null } = {}) {
    clearTimeout(this.#timer);
    const steps = this.#steps;
    const request = steps.read();
    const asked = JSON.stringify(request);
    if (asked === this.#asked && !again) return;
    this.#running?.abort();
    const turn = (this.#turn += 1);
    this.#asked = asked;
    if (steps.empty(request)) {
      steps.busy(false);
      steps.clear();
      return;
    }
    this.#running = new AbortController();
    steps.busy(true);
    try {
      const answer = await steps.ask(request, this.#running.signal);
      if (turn === this.#turn) steps.show(request, answer, extra);
    } catch (error) {
      if (turn === this.#turn && error.name !== "AbortError") {
        this.#asked = "";
        steps.fail(error);
      }
    } finally {
      if (turn === this.#turn) steps.busy(false);
    }
  }
}
