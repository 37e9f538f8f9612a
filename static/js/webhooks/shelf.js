// The user's webhooks and the logs that are open: read, read again when something happens, drawn without losing the focus.

import { ApiError, request } from "../api.js";
import { renderInto } from "../render.js";
import { deliveryShown, hookShown } from "./words.js";
import hooksTemplate from "../../../templates/webhooks/hooks.art";
import retryTemplate from "../../../templates/parts/retry.art";

const SOON_MS = 150; // several events of one move are one reading

export class Shelf {
  constructor(place) {
    this.place = place;
    this.hooks = null;
    this.logs = new Map(); // id of a webhook whose log is open → {rows, next, trouble}
    this.timer = null;
    this.reading = null;
  }

  find(id) {
    return this.hooks.find((hook) => hook.webhook_id === id);
  }

  /** Something happened: read soon, and once for all that happens until then. */
  stir() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.read();
    }, SOON_MS);
  }

  /** Reads everything that is shown. One reading at a time; what happens meanwhile is read after it. */
  async read() {
    while (this.reading) await this.reading;
    this.reading = this.#readAll();
    await this.reading;
    this.reading = null;
  }

  async toggle(id) {
    if (this.logs.delete(id)) {
      this.draw();
      return;
    }
    this.logs.set(id, { rows: [], next: null });
    await this.#readLog(id);
    this.draw();
  }

  /** The page of the log after what is shown. */
  async older(id) {
    const log = this.logs.get(id);
    const { deliveries, next } = await request("GET", `/user/webhooks/${id}/deliveries?cursor=${log.next}`);
    log.rows.push(...deliveries);
    log.next = next;
    this.draw();
  }

  draw() {
    const focused = document.activeElement?.dataset?.key;
    const open = new Set([...this.place.querySelectorAll("details[open]")].map((one) => one.dataset.more));
    const shown = (row) => ({ ...deliveryShown(row), isOpen: open.has(String(row.delivery_id)) });
    const hooks = this.hooks.map((hook) => {
      const log = this.logs.get(hook.webhook_id);
      return { ...hookShown(hook), log: log ? { ...log, rows: log.rows.map(shown) } : null };
    });
    renderInto(this.place, hooksTemplate, { hooks });
    if (focused) this.place.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  async #readAll() {
    try {
      this.hooks = (await request("GET", "/user/webhooks")).webhooks;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.hooks === null) this.#offerRetry(error.message);
      return;
    }
    for (const id of this.logs.keys()) {
      if (this.find(id)) await this.#readLog(id);
      else this.logs.delete(id);
    }
    this.draw();
  }

  /** The newest page; what was shown below it stays. */
  async #readLog(id) {
    const log = this.logs.get(id);
    if (!log) return;
    try {
      const { deliveries, next } = await request("GET", `/user/webhooks/${id}/deliveries`);
      const last = deliveries.at(-1)?.delivery_id ?? 0;
      const below = log.rows.filter((row) => row.delivery_id < last);
      Object.assign(log, { rows: [...deliveries, ...below], next: below.length ? log.next : next, trouble: "" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.trouble = error.message;
    }
  }

  #offerRetry(message) {
    renderInto(this.place, retryTemplate, { message });
    this.place.querySelector("[data-retry]").addEventListener("click", () => this.read());
  }
}
