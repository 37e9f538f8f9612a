// What the chosen stay costs, as the server says: asked at each change, only the newest answer counts.

import { ApiError, request } from "../api.js";
import { formatYuan } from "../money.js";
import { shownLines } from "../pricelines.js";
import { renderInto } from "../render.js";
import quoteTemplate from "../../../templates/houses/quote.art";

const TAKEN = "4004";
const PAUSE_MS = 150;

export class Quote {
  /** `priced(quote or null)` hears each outcome; `taken()` when somebody else has the nights. */
  constructor(place, houseId, { priced, taken }) {
    Object.assign(this, { place, houseId, priced, taken });
    this.show({ state: "idle" });
  }

  show(values) {
    renderInto(this.place, quoteTemplate, values);
  }

  /** Asks for a stay; without one it says what to do. `message` tells why there is none any more. */
  ask(stay, guests, message = "") {
    clearTimeout(this.pause);
    this.abort?.abort();
    this.priced(null);
    if (!stay) {
      this.show(message ? { state: "refused", message } : { state: "idle" });
      return;
    }
    this.show({ state: "loading" });
    this.abort = new AbortController();
    this.pause = setTimeout(() => this.#load(stay, guests, this.abort.signal), PAUSE_MS);
  }

  async #load(stay, guests, signal) {
    const body = { start_date: stay.start, end_date: stay.end, guests };
    try {
      const quote = await request("POST", `/houses/${this.houseId}/quote`, { body, signal, stay: true });
      this.show({ state: "ready", lines: shownLines(quote.lines), total: formatYuan(quote.total) });
      this.priced(quote);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.#refused(error, stay, guests);
    }
  }

  #refused(error, stay, guests) {
    const refusal = error.status >= 400 && error.status < 500 && error.status !== 429;
    const message = error.errors[0]?.message ?? error.message;
    this.show({ state: refusal ? "refused" : "failed", message });
    this.place.querySelector("[data-retry]")?.addEventListener("click", () => this.ask(stay, guests));
    if (error.status === 409 && error.errno === TAKEN) this.taken();
  }
}
