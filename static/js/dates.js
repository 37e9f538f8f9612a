// Dates as "YYYY-MM-DD". A stay is half-open: the night of its end date is not slept.

import { _, language } from "./i18n.js";

const DAY_MS = 86_400_000;
const HOUSE_TIME_MS = 8 * 3_600_000; // every house stands in Beijing
const LOCALE = language === "en" ? "en-GB" : "zh-CN";
const dayFormat = new Intl.DateTimeFormat(LOCALE, { month: "short", day: "numeric", timeZone: "UTC" });
const longFormat = new Intl.DateTimeFormat(LOCALE, {
  year: "numeric",
  month: "short",
  day: "numeric",
  timeZone: "UTC",
});
const weekdayFormat = new Intl.DateTimeFormat(LOCALE, {
  month: "short",
  day: "numeric",
  weekday: "short",
  timeZone: "UTC",
});

const asTime = (day) => Date.parse(`${day}T00:00:00Z`);
const asDay = (time) => new Date(time).toISOString().slice(0, 10);

/** Today where the houses stand. */
export const today = () => asDay(Date.now() + HOUSE_TIME_MS);

/** Whether the text is a date that the calendar has. */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? "")) return false;
  const time = asTime(text);
  return !Number.isNaN(time) && asDay(time) === text;
}

export const addDays = (day, count) => asDay(asTime(day) + count * DAY_MS);

export const nightsBetween = (start, end) => Math.round((asTime(end) - asTime(start)) / DAY_MS);

/** Both dates are there and make at least one night. */
export const isStay = (start, end) => isDay(start) && isDay(end) && start < end;

/** 12月1日, 1 Dec. */
export const formatShortDay = (day) => dayFormat.format(asTime(day));

/** 12月1日周二, Tue 1 Dec. */
export const formatWeekday = (day) => weekdayFormat.format(asTime(day));

/** 12月1日 – 4日 in the visitor's language; with the years where they are not this one. */
export function formatStay(start, end) {
  const year = today().slice(0, 4);
  const format = start.startsWith(year) && end.startsWith(year) ? dayFormat : longFormat;
  return `${format.format(asTime(start))} – ${format.format(asTime(end))}`;
}

/** The nights of a half-open range by their dates: 12月1日, 12月1日 – 3日; a range's end is not among them. */
export function formatDays(start, end) {
  const last = addDays(end, -1);
  const [from, to] = [start, last].map((day) => (day.slice(0, 4) === today().slice(0, 4) ? dayFormat : longFormat).format(asTime(day)));
  return start === last ? from : `${from} – ${to}`;
}

/** 1 晚, 3 晚. */
export function formatNights(count) {
  return count === 1 ? _("1 晚") : _("%(count)s 晚", { count });
}
