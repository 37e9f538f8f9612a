// The server's clock, as the answers' Date headers tell it: a phone whose clock is wrong counts down rightly all the same.

const TOLERATED_MS = 3000; // a Date header has no milliseconds, and an answer takes a while
let ahead = 0;

/** Hears the Date header of an answer. */
export function hearDate(header) {
  const difference = Date.parse(header ?? "") - Date.now();
  if (!Number.isNaN(difference)) ahead = Math.abs(difference) < TOLERATED_MS ? 0 : difference;
}

/** A UTC time "2026-11-24 08:00:00" in milliseconds. */
export const timeOf = (text) => Date.parse(`${text.replace(" ", "T")}Z`);

/** Seconds from now until a UTC time; negative when it is over. */
export const secondsUntil = (text) => Math.ceil((timeOf(text) - Date.now() - ahead) / 1000);
