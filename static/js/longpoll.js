// The live channel's stand-in: requests that the server holds open until something changes.

import { request } from "./api.js";
import { Backoff } from "./backoff.js";

const WAIT_SECONDS = 20;
const HELD_MS = 28_000;
const SPACING_MS = 300; // between two answers that came at once
const GONE = [400, 401, 403, 404, 422];

const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

export class LongPoll {
  constructor(channel) {
    this.channel = channel;
    this.abort = null;
    this.standsIn = false;
    this.following = new Set();
  }

  /** Follows the user's events, every watched task and every followed house until `stop`. */
  start() {
    if (this.standsIn) return;
    this.standsIn = true;
    this.abort ??= new AbortController();
    for (const task of this.channel.watches.keys()) this.follow(task);
    for (const house of this.channel.houses.keys()) this.followHouse(house);
    if (this.channel.signedIn) this.#repeat((signal) => this.#askEvents(signal));
  }

  stop() {
    this.abort?.abort();
    this.abort = null;
    this.standsIn = false;
    this.following.clear();
  }

  /** Follows one task until it is final; also beside a websocket that would not watch it. */
  follow(task) {
    this.#once(`task ${task}`, (signal) => this.#askTask(task, signal));
  }

  /** Follows a house's calendar; also beside a websocket that would not follow it. */
  followHouse(house) {
    this.#once(`house ${house}`, (signal) => this.#askHouse(house, signal));
  }

  #once(name, ask) {
    if (this.following.has(name)) return;
    this.abort ??= new AbortController();
    this.following.add(name);
    this.#repeat(ask).finally(() => this.following.delete(name));
  }

  /** Asks again and again; a failure is waited out, `false` or a stop ends it. */
  async #repeat(ask) {
    const { signal } = this.abort;
    const backoff = new Backoff();
    while (!signal.aborted) {
      const began = Date.now();
      try {
        if ((await ask(signal)) === false) return;
        backoff.reset();
        if (Date.now() - began < 1000) await pause(SPACING_MS, signal);
      } catch (error) {
        if (signal.aborted || GONE.includes(error.status)) return;
        await pause(Math.max(1000, (error.retryAfter ?? 0) * 1000) + backoff.next(), signal);
      }
    }
  }

  async #askTask(task, signal) {
    const watch = this.channel.watches.get(task);
    if (!watch) return false;
    const seen = watch.state === null ? "" : `&seen=${watch.state}`;
    const path = `/tasks/${encodeURIComponent(task)}?wait=${WAIT_SECONDS}${seen}`;
    const report = await request("GET", path, { signal, timeout: HELD_MS, stay: true });
    this.channel.hearTask({ ...report, task });
    return this.channel.watches.has(task);
  }

  async #askHouse(house, signal) {
    const followed = this.channel.houses.get(house);
    if (!followed) return false;
    const path = `/live/houses/${house}?wait=${WAIT_SECONDS}&after=${followed.version ?? ""}`;
    this.channel.hearHouse(await request("GET", path, { signal, timeout: HELD_MS, stay: true }));
    return this.channel.houses.has(house);
  }

  /** The first question only asks how far the log goes: what is older is in the page already. */
  async #askEvents(signal) {
    const after = this.channel.seq;
    const path = after === null ? "/live/events?after=0&wait=0" : `/live/events?after=${after}&wait=${WAIT_SECONDS}`;
    const { seq, events } = await request("GET", path, { signal, timeout: HELD_MS, stay: true });
    this.channel.hearEvents(after === null ? [] : events, seq);
    return true;
  }
}
