// The nights of a house that are taken: loaded, and loaded again whenever the live channel says that they changed.

import { ApiError, request } from "../api.js";
import { addDays, today } from "../dates.js";
import { HORIZON_DAYS } from "../staypicker.js";

export class Nights {
  /**
   * `heard(taken, holds)` gets a Map of date → kind, and one of date → the UTC time until which an order that is not paid
   * yet holds it; `failed(error)` when they could not be had.
   */
  constructor(houseId, { heard, failed }) {
    Object.assign(this, { houseId, heard, failed, version: -1 });
  }

  /** Loads again when the calendar is newer than what is shown. */
  reach(version) {
    if (version > this.version) this.load();
  }

  async load() {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const from = today();
    const span = `from=${from}&to=${addDays(from, HORIZON_DAYS + 1)}`;
    try {
      const calendar = await request("GET", `/houses/${this.houseId}/calendar?${span}`, { signal });
      this.version = calendar.version;
      const held = calendar.nights.filter(({ until }) => until);
      const holds = new Map(held.map(({ night, until }) => [night, until]));
      this.heard(new Map(calendar.nights.map(({ night, kind }) => [night, kind])), holds);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failed(error);
    }
  }
}
