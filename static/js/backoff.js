// How long to wait before the next try: exponential with full jitter, so that a thousand pages don't come back at once.

const FIRST_MS = 500;
const CAP_MS = 30_000;

export class Backoff {
  constructor() {
    this.tries = 0;
  }

  /** Milliseconds, anywhere between zero and a ceiling that doubles each time. */
  next() {
    const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** this.tries);
    this.tries = Math.min(this.tries + 1, 10);
    return Math.random() * ceiling;
  }

  reset() {
    this.tries = 0;
  }
}
