// The visitor's language in the scripts. A msgid is the Chinese sentence; messages.en.js, loaded before, holds the English.

const messages = window.ihomeMessages ?? {};

export const language = document.documentElement.lang === "en" ? "en" : "zh";

/** The sentence in the visitor's language; `params` fill its %(name)s places. */
export function _(message, params = {}) {
  const sentence = messages[message] ?? message;
  return sentence.replace(/%\((\w+)\)s/g, (place, name) => (name in params ? String(params[name]) : place));
}

/** Marks a msgid where it is defined; it is translated where it is shown. */
export const N_ = (message) => message;

/** The day of a UTC time "2026-11-24 08:00:00" as the visitor writes it: 2026年11月24日, 24 November 2026. */
export function formatDay(time) {
  const day = new Date(`${time.replace(" ", "T")}Z`);
  if (Number.isNaN(day.getTime())) return "";
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "zh-CN", { dateStyle: "long" }).format(day);
}

/** Seconds as 4:59 or, below a minute, 58 s. */
export function formatWait(seconds) {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** How long somebody still has: 14:32, and with an hour or more 23 小时 59 分. */
export function formatLeft(seconds) {
  const left = Math.max(0, seconds);
  const minutes = Math.floor(left / 60);
  if (minutes < 60) return `${minutes}:${String(left % 60).padStart(2, "0")}`;
  return _("%(hours)s 小时 %(minutes)s 分", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** A UTC time as the visitor's day and hour: 11月24日 16:00. */
export function formatMoment(time) {
  const moment = new Date(`${time.replace(" ", "T")}Z`);
  const options = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "zh-CN", options).format(moment);
}
