// The houses that were found: skeletons, cards, more cards, or why there are none.

import { ApiError, request } from "../api.js";
import { cardOf, skeletons } from "../cards.js";
import { _ } from "../i18n.js";
import { element } from "../render.js";
import { recall, remember } from "./memory.js";
import retryTemplate from "../../../templates/parts/retry.art";

const SKELETONS = 9;
const AUTOMATIC_PAGES = 5;
const NEAR_PX = 1600;
const COMING = 3; // cards that hold the place of the next ones, so that the end of the page does not jump
const EAGER_CARDS = 2;
const WATCHES = "IntersectionObserver" in window;

export class Results {
  /** `counted(result)` hears the totals, `empty(place)` and `refused(place, error)` fill the place for trouble. */
  constructor({ counted, empty, refused }) {
    this.list = document.getElementById("results");
    this.trouble = document.getElementById("results-trouble");
    this.more = document.getElementById("load-more");
    this.end = document.getElementById("results-end");
    Object.assign(this, { counted, empty, refused });
    this.result = null;
    this.query = null;
    this.more.addEventListener("click", () => this.#goOn());
    this.#watch();
  }

  /**
   * Shows what a query finds. `stay` goes on to the houses' pages; `back`: as it was a short while ago; `first`: the
   * first page, where it is known.
   */
  async show(query, { stay = "", back = false, first = null } = {}) {
    this.keep();
    this.abort?.abort();
    this.abort = new AbortController();
    Object.assign(this, { query, stay, result: null, automatic: 0 });
    const kept = back ? recall(query) : null;
    if (kept) {
      this.#restore(kept);
      return;
    }
    this.#clear();
    if (first) {
      this.#arrived(first);
      this.#fill();
      return;
    }
    this.list.replaceChildren(...skeletons(SKELETONS));
    this.list.setAttribute("aria-busy", "true");
    await this.#load(null);
  }

  /** Remembers what is shown now. */
  keep() {
    if (this.result) remember(this.query, { ...this.result, scroll: window.scrollY });
  }

  #clear() {
    this.trouble.replaceChildren();
    this.list.replaceChildren();
    this.more.hidden = true;
    this.end.hidden = true;
  }

  async #load(cursor) {
    const { signal } = this.abort;
    const place = cursor ? `${this.query}${this.query && "&"}cursor=${encodeURIComponent(cursor)}` : this.query;
    this.loading = true;
    try {
      const page = await request("GET", `/houses${place ? `?${place}` : ""}`, { signal });
      this.#arrived(page);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.#failed(error, cursor);
    } finally {
      if (!signal.aborted) this.loading = false;
    }
    this.#fill();
  }

  #arrived(page) {
    const before = this.result?.houses ?? [];
    const seen = new Set(before.map((house) => house.house_id));
    const fresh = page.houses.filter((house) => !seen.has(house.house_id));
    this.result = {
      houses: [...before, ...fresh],
      next: page.next,
      total: page.total,
      capped: page.total_capped,
    };
    if (before.length === 0) this.#clear();
    this.#append(fresh, before.length);
    this.#settle();
  }

  #append(houses, from) {
    const cards = houses.map((house, index) => cardOf(house, { query: this.stay, eager: from + index < EAGER_CARDS }));
    this.#endWaiting();
    this.list.append(...cards);
  }

  #endWaiting() {
    for (const card of this.list.querySelectorAll(".card--skeleton")) card.remove();
  }

  /** What stands below and above the cards, once they are there. */
  #settle() {
    const { houses, next } = this.result;
    this.list.removeAttribute("aria-busy");
    this.more.hidden = !next;
    this.end.hidden = Boolean(next) || houses.length === 0;
    if (next && WATCHES && this.automatic < AUTOMATIC_PAGES) this.list.append(...skeletons(COMING));
    this.counted(this.result);
    if (!next && houses.length === 0) this.empty(this.trouble);
  }

  #failed(error, cursor) {
    this.list.removeAttribute("aria-busy");
    if (!cursor) {
      this.#clear();
      this.counted(null);
    }
    this.more.hidden = true;
    this.#endWaiting();
    if (error.status === 400 || error.status === 422) {
      this.refused(this.trouble, error);
      return;
    }
    const retry = element(retryTemplate, { message: error.message });
    retry.querySelector("[data-retry]").addEventListener("click", () => {
      retry.remove();
      this.#load(cursor);
    });
    this.trouble.replaceChildren(retry);
  }

  /** A page may come back with few houses or none and still go on: fill the screen. */
  #fill() {
    if (!WATCHES && this.result?.houses.length) return;
    const low = this.more.getBoundingClientRect().top > window.innerHeight + NEAR_PX;
    if (!this.more.hidden && !low) this.#automatic();
  }

  /** Goes on by itself when the end comes near; a browser that cannot tell leaves it to the button. */
  #watch() {
    if (!WATCHES) return;
    const reached = (seen) => {
      if (seen.some((entry) => entry.isIntersecting) && !this.more.hidden) this.#automatic();
    };
    new IntersectionObserver(reached, { rootMargin: `${NEAR_PX}px` }).observe(this.more);
  }

  #automatic() {
    if (this.loading || !this.result?.next) return;
    if (this.automatic >= AUTOMATIC_PAGES) return;
    this.automatic += 1;
    this.#load(this.result.next);
  }

  async #goOn() {
    if (this.loading || !this.result?.next) return;
    const { length } = this.result.houses;
    this.automatic = 0;
    this.more.setAttribute("aria-busy", "true");
    await this.#load(this.result.next);
    this.more.removeAttribute("aria-busy");
    this.list.children[length]?.querySelector("a").focus({ preventScroll: true });
  }

  #restore({ houses, next, total, capped, scroll }) {
    this.result = { houses, next, total, capped };
    this.#clear();
    this.#append(houses, 0);
    this.#settle();
    window.scrollTo(0, scroll);
  }
}

/** 23 处房源, 1000+ 处房源. */
export function formatTotal({ total, capped }) {
  if (total === 1 && !capped) return _("1 处房源");
  return _("%(count)s 处房源", { count: `${total}${capped ? "+" : ""}` });
}
