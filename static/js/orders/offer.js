// The price that is about to be accepted: asked for, kept as long as it is good for, and asked for anew when it is over.

import { ApiError, request } from "../api.js";
import { secondsUntil } from "../clock.js";

export class Offer {
  /** `arrived(quote, before)` hears each price and the one before it, `refused(error)` why there is none. */
  constructor(houseId, stay, { arrived, refused, asking }) {
    Object.assign(this, { houseId, stay, arrived, refused, asking });
    this.quote = null;
  }

  /** Whether there is a price that can be accepted now. */
  get isGood() {
    return this.quote !== null && secondsUntil(this.quote.expires_at) > 0;
  }

  /** `quietly`: what is shown stays until the answer is there. */
  async ask(guests, { quietly = false } = {}) {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    if (!quietly) {
      this.quote = null;
      this.asking();
    }
    const body = { start_date: this.stay.start, end_date: this.stay.end, guests };
    try {
      const before = this.shown ?? null;
      this.quote = await request("POST", `/houses/${this.houseId}/quote`, { body, signal });
      this.shown = this.quote;
      this.arrived(this.quote, before);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      if (quietly && (error.status === 0 || error.status >= 429)) return; // what is shown holds until it runs out
      this.quote = null;
      this.refused(error);
    }
  }
}
