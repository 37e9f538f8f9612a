// Work that waits its turn: a few at a time, in order.

export class Queue {
  constructor(width, work) {
    this.width = width;
    this.work = work;
    this.waiting = [];
    this.running = 0;
  }

  get isIdle() {
    return this.running === 0 && this.waiting.length === 0;
  }

  add(item) {
    this.waiting.push(item);
    this.#next();
  }

  remove(item) {
    this.waiting = this.waiting.filter((other) => other !== item);
  }

  async #next() {
    if (this.running >= this.width || this.waiting.length === 0) return;
    this.running += 1;
    try {
      await this.work(this.waiting.shift());
    } finally {
      this.running -= 1;
      this.#next();
    }
  }
}
