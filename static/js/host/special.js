// Prices of dates: nights are chosen in a calendar that shows what each costs, get a price, and stand in a list.

import { Calendar } from "../calendar.js";
import { addDays, formatDays, formatNights, nightsBetween, today } from "../dates.js";
import { showFieldError } from "../forms.js";
import { _ } from "../i18n.js";
import { fenOf, formatCompact, formatYuan } from "../money.js";
import { renderInto } from "../render.js";
import specialTemplate from "../../../templates/houses/special.art";
import { nightsOf, rangesOf } from "./nightly.js";
import { priceComplaint } from "./prices.js";

const HORIZON_DAYS = 730;
const wide = window.matchMedia("(min-width: 760px)");
const byId = (id) => document.getElementById(id);

export class SpecialPrices {
  /** `usual(night)` is what a night costs without a price of its own, in fen; `changed()` hears every change made here. */
  constructor(form, { usual, changed }) {
    Object.assign(this, { form, usual, changed, nights: new Map(), selection: null });
    this.input = byId("special_price");
    this.list = byId("special-list");
    this.calendar = this.#makeCalendar(byId("special-calendar"));
    byId("special-add").addEventListener("click", () => this.#add());
    this.input.addEventListener("input", () => showFieldError(form, "special_price"));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault(); // the form's own button is for all of it
      this.#add();
    });
    this.list.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-remove]");
      if (button) this.#remove(button.dataset.remove);
    });
  }

  /** Shows these nights, a Map of date → fen. */
  show(nights) {
    this.nights = new Map(nights);
    this.#render();
  }

  /** Takes nights that are chosen and priced and not set yet; returns what is wrong with their price, or "". */
  settle() {
    if (this.selection === null || this.input.value.trim() === "") return "";
    const complaint = priceComplaint(this.input.value.trim());
    if (!complaint) this.#take();
    return complaint;
  }

  /** What is usual has changed. */
  repaint() {
    this.calendar.repaint();
  }

  #makeCalendar(place) {
    place.removeAttribute("aria-busy");
    const first = today();
    return new Calendar(place, {
      mode: "nights",
      months: () => (wide.matches ? 2 : 1),
      min: first,
      max: addDays(first, HORIZON_DAYS - 1),
      noteOf: (night) => this.#noteOf(night),
      onSelect: (selection) => this.#choose(selection),
    });
  }

  /** A night's price in its cell, and in words for those who hear it. */
  #noteOf(night) {
    const own = this.nights.get(night);
    const fen = own ?? this.usual(night);
    if (fen === null) return null;
    const words = own === undefined ? formatYuan(fen) : _("特殊价格 %(price)s", { price: formatYuan(fen) });
    return { text: formatCompact(fen), words, strong: own !== undefined };
  }

  #choose(selection) {
    this.selection = selection;
    byId("special-set").hidden = selection === null;
    byId("special-chosen").textContent =
      selection === null
        ? _("还没有选夜晚")
        : _("%(days)s 的夜晚，共 %(nights)s", {
            days: formatDays(selection.start, selection.end),
            nights: formatNights(nightsBetween(selection.start, selection.end)),
          });
  }

  #add() {
    if (this.selection === null) return;
    const complaint = priceComplaint(this.input.value.trim());
    showFieldError(this.form, "special_price", complaint);
    if (complaint) {
      this.input.focus();
      return;
    }
    const { start } = this.selection;
    this.#take();
    this.#focusRangeOf(start);
  }

  /** Gives the chosen nights the price that is typed. */
  #take() {
    const { start, end } = this.selection;
    const range = { start_date: start, end_date: end, price: fenOf(this.input.value.trim()) };
    for (const [night, price] of nightsOf([range])) this.nights.set(night, price);
    this.calendar.select(null);
    this.#choose(null);
    this.input.value = "";
    this.#render();
    this.changed();
  }

  /** The list's entry that holds a night. */
  #focusRangeOf(night) {
    const { start_date: start } = rangesOf(this.nights).findLast((range) => range.start_date <= night);
    this.list.querySelector(`[data-remove="${start}"]`).focus({ preventScroll: true });
  }

  #remove(start) {
    const ranges = rangesOf(this.nights);
    const place = ranges.findIndex((range) => range.start_date === start);
    if (place < 0) return;
    ranges.splice(place, 1);
    this.nights = nightsOf(ranges);
    this.#render();
    const next = this.list.querySelectorAll("[data-remove]")[Math.min(place, ranges.length - 1)];
    (next ?? byId("special-calendar").querySelector('[data-day][tabindex="0"]'))?.focus({ preventScroll: true });
    this.changed();
  }

  #render() {
    renderInto(this.list, specialTemplate, {
      ranges: rangesOf(this.nights).map((range) => ({
        ...range,
        days: formatDays(range.start_date, range.end_date),
        nights: formatNights(nightsBetween(range.start_date, range.end_date)),
        price: formatYuan(range.price),
      })),
    });
    byId("special-error").textContent = "";
    this.repaint();
  }
}
