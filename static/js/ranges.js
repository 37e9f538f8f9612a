// What may be chosen in a calendar. A stay is half-open: its end date is not slept, so a taken night can end it.

import { addDays } from "./dates.js";

const LOCKED = ["order", "ical"]; // what a host cannot take back in the calendar

/** Guests choose a stay: a first night and the date of leaving; none of its nights is taken. */
export class StayRules {
  constructor({ min, max, taken }) {
    Object.assign(this, { min, max, taken });
  }

  isTaken(day) {
    return this.taken.has(day);
  }

  canStart(day) {
    return day >= this.min && day < this.max && !this.isTaken(day);
  }

  /** The latest date that can end a stay from `start`. */
  limitOf(start) {
    let end = addDays(start, 1);
    while (end < this.max && !this.isTaken(end)) end = addDays(end, 1);
    return end;
  }

  /** Whether the next choice completes the selection. */
  isOpen(selection) {
    return selection !== null && selection.end === null;
  }

  canEnd(selection, day) {
    return this.isOpen(selection) && day > selection.start && day <= this.limitOf(selection.start);
  }

  /** The selection after choosing `day`, or undefined when it cannot be chosen. */
  choose(selection, day) {
    if (this.canEnd(selection, day)) return { start: selection.start, end: day };
    if (this.isOpen(selection) && day === selection.start) return null;
    return this.canStart(day) ? { start: day, end: null } : undefined;
  }

  /** The first and last date that a selection covers on the page. */
  edges({ start, end }) {
    return [start, end ?? start];
  }

  /** What the selection would be if `day` were chosen, for showing it in advance. */
  preview(selection, day) {
    return this.canEnd(selection, day) ? [selection.start, day] : null;
  }

  holds(selection) {
    const { start, end } = selection;
    return this.canStart(start) && (end === null || (end > start && end <= this.limitOf(start)));
  }
}

/** Hosts choose nights, one or several in a row, in either direction; nights that guests booked are not theirs. */
export class NightRules extends StayRules {
  constructor(options) {
    super(options);
    this.open = false;
  }

  isTaken(day) {
    return LOCKED.includes(this.taken.get(day));
  }

  canStart(day) {
    return day >= this.min && day <= this.max && !this.isTaken(day);
  }

  limitOf(start) {
    let last = start;
    while (last < this.max && !this.isTaken(addDays(last, 1))) last = addDays(last, 1);
    return last;
  }

  isOpen(selection) {
    return selection !== null && this.open;
  }

  canEnd(selection, day) {
    return this.isOpen(selection) && this.#reach(selection.start, day) !== null;
  }

  choose(selection, day) {
    if (!this.canStart(day)) return undefined;
    const reach = this.isOpen(selection) ? this.#reach(selection.start, day) : null;
    this.open = reach === null;
    const [first, last] = reach ?? [day, day];
    return { start: first, end: addDays(last, 1) };
  }

  edges({ start, end }) {
    return [start, addDays(end, -1)];
  }

  preview(selection, day) {
    return this.isOpen(selection) && this.canStart(day) ? this.#reach(selection.start, day) : null;
  }

  holds({ start, end }) {
    return this.canStart(start) && addDays(end, -1) <= this.limitOf(start);
  }

  /** Both ends in order when no booked night lies between, else null. */
  #reach(one, other) {
    const [first, last] = one <= other ? [one, other] : [other, one];
    return this.canStart(first) && last <= this.limitOf(first) ? [first, last] : null;
  }
}
