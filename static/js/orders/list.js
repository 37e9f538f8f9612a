// One side's orders: newest first, more at the end, and every change in its place as it happens.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { _ } from "../i18n.js";
import { element } from "../render.js";
import { live } from "../shell.js";
import noneTemplate from "../../../templates/orders/none.art";
import retryTemplate from "../../../templates/parts/retry.art";
import { orderCard } from "./card.js";
import { onConnected } from "./connected.js";
import { readOrder, take } from "./moves.js";
import { showWaiting } from "./news.js";
import { keepTicking, showTimes } from "./ticks.js";
import { statusShown } from "./words.js";

const NEAR_PX = 800;
const PAUSE_MS = 120; // several changes at once are one reading
const OVER_MS = 2500; // the server sweeps what is over now and then
const WATCHES = "IntersectionObserver" in window;

export class OrderList {
  /** `role` guest or host; `tab()` is {statuses, none} now; `counted(counts)` hears how many there are of each status. */
  constructor({ role, tab, counted }) {
    Object.assign(this, { role, tab, counted });
    this.list = document.getElementById("orders");
    this.trouble = document.getElementById("orders-trouble");
    this.more = document.getElementById("more");
    this.said = document.getElementById("orders-said");
    this.orders = new Map(); // order id → as it was read last
    this.asked = new Set();
    this.next = null;
    this.skeleton = [...this.list.children];
    this.#listen();
  }

  /** Reads a tab from its beginning. */
  async show() {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.orders.clear();
    this.trouble.replaceChildren();
    this.more.hidden = true;
    this.next = null;
    this.ready = false;
    this.list.replaceChildren(...this.skeleton);
    this.list.setAttribute("aria-busy", "true");
    try {
      this.#arrived(await this.#ask(null, signal), true);
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(error, () => this.show());
    }
  }

  async #ask(cursor, signal) {
    const query = new URLSearchParams({ role: this.role });
    if (this.tab().statuses.length) query.set("status", this.tab().statuses.join(","));
    if (cursor) query.set("cursor", cursor);
    return request("GET", `/orders?${query}`, { signal });
  }

  #arrived(page, first) {
    if (first) this.list.replaceChildren();
    this.list.removeAttribute("aria-busy");
    this.ready = true;
    for (const order of page.orders) this.#put(order);
    this.next = page.next;
    this.more.hidden = page.next === null;
    this.#tellCounts(page);
    this.#showNone();
    setTimeout(() => this.#fill(), 0);
  }

  /** A short page leaves the end in sight: nothing would be reached by scrolling. */
  #fill() {
    const near = this.more.getBoundingClientRect().top < window.innerHeight + NEAR_PX;
    if (WATCHES && !this.more.hidden && near) this.#goOn();
  }

  #tellCounts(page) {
    this.counted(page.counts ?? {});
    if (this.role === "host") showWaiting(page.waiting);
  }

  #failed(error, again) {
    if (!(error instanceof ApiError)) throw error;
    this.list.replaceChildren(...(this.ready ? this.list.children : []));
    this.list.removeAttribute("aria-busy");
    this.more.hidden = true;
    const retry = element(retryTemplate, { message: error.message });
    retry.querySelector("[data-retry]").addEventListener("click", () => {
      this.trouble.replaceChildren();
      again();
    });
    this.trouble.replaceChildren(retry);
  }

  async #goOn() {
    if (this.loading || this.next === null) return;
    this.loading = true;
    const { signal } = this.abort;
    try {
      this.#arrived(await this.#ask(this.next, signal), false);
    } catch (error) {
      if (!signal.aborted) this.#failed(error, () => this.#goOn());
    } finally {
      this.loading = false;
    }
  }

  // --- one order ---

  #cardOf(orderId) {
    return this.list.querySelector(`[data-order="${orderId}"]`);
  }

  #belongs(order) {
    const { statuses } = this.tab();
    return order.role === this.role && (statuses.length === 0 || statuses.includes(order.status));
  }

  /** Shows an order where it belongs. What was read before something newer changes nothing. */
  #put(order) {
    const before = this.orders.get(order.order_id);
    if (before && before.version > order.version) return;
    if (!this.#belongs(order)) {
      this.#leave(order);
      return;
    }
    this.orders.set(order.order_id, order);
    const card = orderCard(order);
    showTimes(card);
    const shown = this.#cardOf(order.order_id);
    if (shown) this.#replace(shown, card, before.version !== order.version);
    else this.#insert(card, order.order_id);
    this.list.querySelector(".orders-none")?.remove();
  }

  #replace(shown, card, changed) {
    const held = [...shown.querySelectorAll("a, button")].indexOf(document.activeElement);
    if (shown.outerHTML === card.outerHTML) return;
    if (changed) card.classList.add("is-changed");
    shown.replaceWith(card);
    if (held < 0) return;
    const stops = card.querySelectorAll("a, button");
    (stops[held] ?? stops[0]).focus({ preventScroll: true });
  }

  /** Newest first: before the first card that is older. */
  #insert(card, orderId) {
    const older = [...this.list.querySelectorAll("[data-order]")].find((one) => Number(one.dataset.order) < orderId);
    if (older) older.before(card);
    else this.list.append(card);
  }

  #leave(order) {
    const card = this.#cardOf(order.order_id);
    this.orders.delete(order.order_id);
    if (!card) return;
    const near = card.nextElementSibling ?? card.previousElementSibling;
    const held = card.contains(document.activeElement);
    card.remove();
    this.#showNone();
    if (held) (near?.querySelector("a") ?? document.getElementById("main")).focus({ preventScroll: true });
  }

  #showNone() {
    if (this.orders.size || this.next !== null || this.list.querySelector(".orders-none")) return;
    this.list.replaceChildren(element(noneTemplate, { scene: this.list.dataset.scene, ...this.tab().none }));
  }

  // --- changes ---

  #listen() {
    live.addEventListener("order", ({ detail }) => detail.role === this.role && this.#heard(detail));
    onConnected(() => this.ready && this.#reconcile());
    keepTicking(this.list, (place) => {
      const { order } = place.closest("[data-order]").dataset;
      setTimeout(() => this.#refresh(Number(order)), OVER_MS);
    });
    this.list.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-action]");
      if (button) this.#act(button);
    });
    this.more.querySelector("button").addEventListener("click", ({ currentTarget }) =>
      whileBusy(currentTarget, () => this.#goOn()),
    );
    if (!WATCHES) return;
    const near = (seen) => seen.some((entry) => entry.isIntersecting) && this.#goOn();
    new IntersectionObserver(near, { rootMargin: `${NEAR_PX}px` }).observe(this.more);
  }

  #heard(event) {
    if (!this.ready) return;
    const known = this.orders.get(event.order_id);
    if (known && known.version >= event.version) return;
    if (known || this.#belongs(event)) this.#refresh(event.order_id);
    this.#reconcileSoon();
  }

  async #refresh(orderId) {
    if (this.asked.has(orderId)) return;
    this.asked.add(orderId);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    this.asked.delete(orderId);
    try {
      this.#tell(await readOrder(orderId));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the next change, or the next connection, asks again
    }
  }

  #tell(order) {
    const before = this.orders.get(order.order_id);
    this.#put(order);
    if (before && before.version >= order.version) return;
    this.said.textContent = _("“%(title)s”：%(status)s", {
      title: order.title ?? order.number,
      status: statusShown(order.status).name,
    });
  }

  #reconcileSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#reconcile(), 2 * PAUSE_MS);
  }

  /** Reads the first page again: what is new or gone, and how many there are. */
  async #reconcile() {
    const { signal } = this.abort;
    try {
      const page = await this.#ask(null, signal);
      const lowest = page.next === null ? 0 : Math.min(...page.orders.map((order) => order.order_id));
      const there = new Set(page.orders.map((order) => order.order_id));
      for (const order of page.orders) this.#put(order);
      for (const id of [...this.orders.keys()]) if (id >= lowest && !there.has(id)) this.#refresh(id);
      this.#tellCounts(page);
    } catch (error) {
      if (!signal.aborted && !(error instanceof ApiError)) throw error;
    }
  }

  async #act(button) {
    const order = this.orders.get(Number(button.closest("[data-order]").dataset.order));
    await whileBusy(button, async () => {
      const moved = await take(button.dataset.action, order);
      if (!moved) return;
      this.#tell(moved);
      this.#reconcileSoon();
    });
  }
}
