// What guests would pay: the nearest free Friday for some nights, priced by the server.

import { addDays, formatNights, formatWeekday, today } from "../dates.js";
import { Quote } from "../house/quote.js";
import { _ } from "../i18n.js";
import { html } from "../render.js";
import lengthsTemplate from "../../../templates/houses/lengths.art";

const LENGTHS = [3, 7, 28];
const HORIZON_DAYS = 365;
const FRIDAY = 5;

/** How many nights the examples have: those of LENGTHS that the house takes, or what comes nearest to the first. */
function lengthsFor(min, max) {
  const taken = LENGTHS.filter((nights) => nights >= min && (max === 0 || nights <= max));
  return taken.length ? taken : [Math.max(min, Math.min(LENGTHS[0], max || LENGTHS[0]))];
}

export class Example {
  constructor({ houseId, minNights, maxNights }) {
    this.lengths = lengthsFor(minNights, maxNights);
    this.nights = this.lengths[0];
    this.taken = new Set();
    this.sentence = document.getElementById("example-stay");
    this.quote = new Quote(document.getElementById("example"), houseId, { priced: () => {}, taken: () => {} });
    this.#showLengths(document.getElementById("example-lengths"));
  }

  /** Prices it again; `taken` are the nights that are not free. */
  show(taken = this.taken) {
    this.taken = taken;
    const start = this.#friday();
    if (start === null) {
      this.sentence.textContent = "";
      this.quote.ask(null, 1, _("一年之内没有空出来的周五，算不出示例。"));
      return;
    }
    const nights = formatNights(this.nights);
    this.sentence.textContent = _("%(day)s入住 %(nights)s：", { day: formatWeekday(start), nights });
    this.quote.ask({ start, end: addDays(start, this.nights) }, 1);
  }

  #showLengths(place) {
    place.hidden = this.lengths.length === 1;
    const lengths = this.lengths.map((nights) => ({ nights, label: formatNights(nights), checked: nights === this.nights }));
    place.insertAdjacentHTML("beforeend", html(lengthsTemplate, { lengths }));
    place.addEventListener("change", ({ target }) => {
      this.nights = Number(target.value);
      this.show();
    });
  }

  /** The first Friday whose nights are all free. */
  #friday() {
    const first = today();
    for (let days = 0; days < HORIZON_DAYS; days += 1) {
      const start = addDays(first, days);
      if (new Date(`${start}T00:00:00Z`).getUTCDay() === FRIDAY && this.#isFree(start)) return start;
    }
    return null;
  }

  #isFree(start) {
    return Array.from({ length: this.nights }, (_value, index) => addDays(start, index)).every(
      (night) => !this.taken.has(night),
    );
  }
}
