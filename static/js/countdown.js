// Seconds that run down by the clock, so that a sleeping phone does not stretch them.

export class Countdown {
  constructor(seconds, { tick, end }) {
    this.until = Date.now() + seconds * 1000;
    this.tick = tick;
    this.end = end;
    this.timer = setInterval(() => this.#beat(), 250);
    this.#beat();
  }

  stop() {
    clearInterval(this.timer);
  }

  #beat() {
    const left = Math.ceil((this.until - Date.now()) / 1000);
    if (left === this.shown) return;
    this.shown = left;
    if (left > 0) {
      this.tick(left);
      return;
    }
    this.stop();
    this.end();
  }
}
