// Choosing a stay: a button that shows the dates and opens a panel with the calendar.

import { Calendar } from "./calendar.js";
import { addDays, formatNights, formatStay, isStay, nightsBetween, today } from "./dates.js";
import { _ } from "./i18n.js";
import { Sheet } from "./sheet.js";

export const HORIZON_DAYS = 365;
const WIDE = window.matchMedia("(min-width: 640px)");

export const monthsShown = () => (WIDE.matches ? 2 : 1);

/** Both dates, or null while one is missing. */
export function wholeStay(selection) {
  return selection && isStay(selection.start, selection.end) ? { start: selection.start, end: selection.end } : null;
}

/** What to do next, or what was chosen. */
export function stayHint(selection) {
  const stay = wholeStay(selection);
  if (stay) return `${formatStay(stay.start, stay.end)} · ${formatNights(nightsBetween(stay.start, stay.end))}`;
  return selection?.start ? _("再选离店那天") : _("先选入住那天");
}

export class StayPicker {
  constructor(button, dialog, { changed = () => {}, closed = () => {}, taken = new Map() } = {}) {
    this.dialog = dialog;
    this.selection = null;
    this.taken = taken;
    this.changed = changed;
    this.hint = dialog.querySelector("[data-stay-hint]");
    this.places = button.querySelectorAll("[data-shows-stay]");
    this.sheet = new Sheet(button, dialog, { opened: () => this.#opened(), closed });
    dialog.querySelector("[data-clear]")?.addEventListener("click", () => this.#choose(null));
    this.#show();
  }

  open(from) {
    this.sheet.open(from);
  }

  /** Shows a stay (or null) that was chosen elsewhere. */
  select(selection) {
    this.selection = selection;
    this.calendar?.select(selection);
    this.#show();
  }

  setTaken(taken) {
    this.taken = taken;
    this.calendar?.setTaken(taken);
  }

  #opened() {
    if (!this.calendar) this.#makeCalendar();
  }

  #makeCalendar() {
    this.calendar = new Calendar(this.dialog.querySelector("[data-stay-calendar]"), {
      months: monthsShown,
      min: today(),
      max: addDays(today(), HORIZON_DAYS),
      taken: this.taken,
      selection: this.selection,
      mode: "stay",
      onSelect: (selection, reason) => this.#picked(selection, reason),
    });
  }

  #picked(selection, reason) {
    this.selection = selection;
    this.#show();
    this.changed(wholeStay(selection), reason);
  }

  #choose(selection) {
    this.select(selection);
    this.changed(wholeStay(selection));
  }

  #show() {
    const stay = wholeStay(this.selection);
    for (const place of this.places) {
      place.textContent = stay ? formatStay(stay.start, stay.end) : place.dataset.empty;
      place.toggleAttribute("data-chosen", stay !== null);
    }
    this.hint.textContent = stayHint(this.selection);
  }
}
