// What the chosen stay costs, as the server says: asked at each change, only the newest answer counts.

import { ApiError, request } from "../api.js";
import { formatNights } from "../dates.js";
import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";
import { renderInto } from "../render.js";
import quoteTemplate from "../../../templates/houses/quote.art";

const TAKEN = "4004";
const PAUSE_MS = 150;

const LABELS = {
  nights: (line) =>
    _("%(price)s × %(nights)s", { price: formatYuan(line.unit_price), nights: formatNights(line.quantity) }),
  deposit: () => _("押金，离店后退还"),
};

const linesOf = (lines) =>
  lines.map((line) => ({ label: LABELS[line.kind]?.(line) ?? line.kind, amount: formatYuan(line.amount) }));

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
      this.show({ state: "ready", lines: linesOf(quote.lines), total: formatYuan(quote.total) });
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
