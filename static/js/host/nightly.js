// Prices of single nights, as a Map of date → fen, and as the half-open ranges that people and the API speak of.

import { addDays } from "../dates.js";
import { yuanText } from "../money.js";

/** The nights of ranges [{start_date, end_date, price}]. */
export function nightsOf(ranges) {
  const nights = new Map();
  for (const { start_date: start, end_date: end, price } of ranges) {
    for (let night = start; night < end; night = addDays(night, 1)) nights.set(night, price);
  }
  return nights;
}

/** Neighbouring nights of one price as ranges, in order. */
export function rangesOf(nights) {
  const ranges = [];
  for (const [night, price] of [...nights].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const last = ranges.at(-1);
    if (last?.end_date === night && last.price === price) last.end_date = addDays(night, 1);
    else ranges.push({ start_date: night, end_date: addDays(night, 1), price });
  }
  return ranges;
}

/** The ranges as the API takes them, in yuan. */
export const bodyOf = (nights) => rangesOf(nights).map((range) => ({ ...range, price: yuanText(range.price) }));

/** Whether both hold the same nights at the same prices. */
export const sameNights = (one, other) =>
  one.size === other.size && [...one].every(([night, price]) => other.get(night) === price);
