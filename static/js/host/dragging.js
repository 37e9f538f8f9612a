// Sorting by dragging: mouse, pen or finger. Nothing moves in the document until the drop; until then tiles are shifted.

const THRESHOLD = 6;
const EDGE = 90;
const STEP = 14;

/** The middle of an element, in the page's coordinates. */
function middleOf(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2 + window.scrollX, y: top + height / 2 + window.scrollY };
}

class Drag {
  constructor(items, item, event) {
    this.items = items;
    this.from = items.indexOf(item);
    this.to = this.from;
    this.item = item;
    this.start = { x: event.pageX, y: event.pageY };
    this.pointer = { x: event.clientX, y: event.clientY };
    this.middles = items.map(middleOf);
    this.began = false;
  }

  /** Follows the pointer once it has really moved. */
  move(event) {
    this.pointer = { x: event.clientX, y: event.clientY };
    const far = Math.hypot(event.pageX - this.start.x, event.pageY - this.start.y) > THRESHOLD;
    if (!this.began && far) this.#begin();
    if (this.began) this.#follow();
  }

  #begin() {
    this.began = true;
    this.item.classList.add("is-dragged");
    for (const item of this.items) item.classList.add("is-shifting");
    this.timer = setInterval(() => this.#scroll(), 16);
  }

  #follow() {
    const [x, y] = [this.pointer.x + window.scrollX, this.pointer.y + window.scrollY];
    this.item.style.transform = `translate(${x - this.start.x}px, ${y - this.start.y}px)`;
    const away = this.middles.map((middle) => Math.hypot(middle.x - x, middle.y - y));
    const to = away.indexOf(Math.min(...away));
    if (to !== this.to) this.#shift(to);
  }

  /** Shows the others where they would be if the tile were dropped at `to`. */
  #shift(to) {
    this.to = to;
    this.items.forEach((item, index) => {
      if (index === this.from) return;
      const passed = index > this.from && index <= to ? -1 : index < this.from && index >= to ? 1 : 0;
      const [now, then] = [this.middles[index], this.middles[index + passed]];
      item.style.transform = passed ? `translate(${then.x - now.x}px, ${then.y - now.y}px)` : "";
    });
  }

  #scroll() {
    const { y } = this.pointer;
    const step = y < EDGE ? -STEP : y > window.innerHeight - EDGE ? STEP : 0;
    if (step === 0) return;
    window.scrollBy({ top: step, behavior: "instant" });
    this.#follow();
  }

  end() {
    clearInterval(this.timer);
    this.item.classList.remove("is-dragged");
    for (const item of this.items) {
      item.classList.remove("is-shifting");
      item.style.transform = "";
    }
  }
}

/**
 * Makes the children of `list` that match `selector` sortable; `grip` and, for a mouse, `surface` name what is dragged
 * by. `dropped(from, to)` hears the positions.
 */
export function makeSortable(list, { selector, grip, surface, dropped }) {
  let drag = null;
  const stop = (drop) => {
    if (drag === null) return;
    const { began, from, to } = drag;
    drag.end();
    drag = null;
    if (drop && began && from !== to) dropped(from, to);
  };
  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(event.pointerType === "mouse" ? `${grip}, ${surface}` : grip);
    if (!handle || event.button !== 0 || drag !== null) return;
    drag = new Drag([...list.querySelectorAll(selector)], handle.closest(selector), event);
  });
  list.addEventListener("dragstart", (event) => event.preventDefault());
  document.addEventListener("pointermove", (event) => drag?.move(event));
  document.addEventListener("pointerup", () => stop(true));
  document.addEventListener("pointercancel", () => stop(false));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && stop(false));
}
