// Nights that somebody else's unpaid order holds: which, and how long still. They may be free again after that.

import { secondsUntil } from "../clock.js";
import { addDays, formatShortDay } from "../dates.js";
import { _, formatLeft } from "../i18n.js";
import { keepTicking } from "../orders/ticks.js";
import { html } from "../render.js";
import holdsTemplate from "../../../templates/houses/holds.art";

const MOST_SHOWN = 3;
const OVER_MS = 2500; // the server lets go of them a moment later
const BEAT_MS = 1000;

/** Nights in a row that are held until the same time, in order: [{first, last, until}]. */
function spansOf(holds) {
  const spans = [];
  for (const [day, until] of [...holds].sort()) {
    const before = spans.at(-1);
    if (before && before.until === until && addDays(before.last, 1) === day) before.last = day;
    else spans.push({ first: day, last: day, until });
  }
  return spans;
}

const daysText = ({ first, last }) => (first === last ? formatShortDay(first) : `${formatShortDay(first)} – ${formatShortDay(last)}`);

export class Holds {
  /** `over()` hears that the time of one of them is up. */
  constructor(place, { over }) {
    this.place = place;
    this.held = new Map();
    keepTicking(place, () => setTimeout(over, OVER_MS));
    setInterval(() => this.#nameDates(), BEAT_MS);
  }

  show(holds) {
    this.held = holds;
    const spans = spansOf(holds).filter(({ until }) => secondsUntil(until) > 0);
    const shown = spans.slice(0, MOST_SHOWN).map((span) => ({ days: daysText(span), until: span.until }));
    this.place.innerHTML = html(holdsTemplate, { spans: shown });
    this.place.hidden = shown.length === 0;
  }

  untilOf(day) {
    return this.held.get(day);
  }

  #nameDates() {
    for (const date of document.querySelectorAll("[data-held]")) {
      date.title = _("正被保留，%(left)s 后可能空出", { left: formatLeft(secondsUntil(date.dataset.held)) });
    }
  }
}
