// A calendar to choose a stay or nights in: one or two months, by pointer and by the keys of the ARIA date grid.

import { addDays, formatNights, formatShortDay, nightsBetween, today } from "./dates.js";
import { _, language } from "./i18n.js";
import { NightRules, StayRules } from "./ranges.js";
import { element, html } from "./render.js";
import calendarTemplate from "../../templates/parts/calendar.art";
import monthTemplate from "../../templates/parts/month.art";

const LOCALE = language === "en" ? "en-GB" : "zh-CN";
const formatter = (options) => new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: "UTC" });
const monthFormat = formatter({ year: "numeric", month: "long" });
const fullFormat = formatter({ dateStyle: "full" });
const headFormats = { short: formatter({ weekday: "narrow" }), long: formatter({ weekday: "long" }) };

const time = (day) => Date.parse(`${day}T00:00:00Z`);
const firstOf = (day) => `${day.slice(0, 7)}-01`;
const weekday = (day) => (new Date(time(day)).getUTCDay() + 6) % 7; // Monday is 0
const within = (day, [first, last]) => day >= first && day <= last;

/** The same day of another month, or that month's last. */
function addMonths(day, count) {
  const [year, month, date] = day.split("-").map(Number);
  const lastDate = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, lastDate))).toISOString().slice(0, 10);
}

/** The weekdays' names in order, from any Monday. */
const heads = () =>
  Array.from({ length: 7 }, (_value, index) => {
    const day = time(addDays("2024-01-01", index));
    return { short: headFormats.short.format(day), long: headFormats.long.format(day) };
  });

/** A month's days in rows of seven; null where another month's would stand. */
function weeksOf(first) {
  const days = Array(weekday(first)).fill(null);
  for (let day = first; day.slice(0, 7) === first.slice(0, 7); day = addDays(day, 1)) {
    days.push({ date: day, number: Number(day.slice(8)) });
  }
  while (days.length % 7) days.push(null);
  return Array.from({ length: days.length / 7 }, (_value, row) => days.slice(row * 7, row * 7 + 7));
}

const STEPS = {
  ArrowLeft: (day) => addDays(day, -1),
  ArrowRight: (day) => addDays(day, 1),
  ArrowUp: (day) => addDays(day, -7),
  ArrowDown: (day) => addDays(day, 7),
  Home: (day) => addDays(day, -weekday(day)),
  End: (day) => addDays(day, 6 - weekday(day)),
  PageUp: (day, years) => addMonths(day, years ? -12 : -1),
  PageDown: (day, years) => addMonths(day, years ? 12 : 1),
};

let made = 0;

/**
 * Options: `months()` how many to show (1 or 2); `min`, `max` the first and last date of the calendar; `taken` a Map of
 * date → kind (order, ical, block); `selection` {start, end} or null; `mode` stay or nights. `onSelect(selection, reason)`
 * hears every change the visitor makes: null, a start with `end` null (stay only), or both; reason is "taken" when new
 * taken nights took the selection away. `onMonthShown(from, to)` hears the shown dates, half-open.
 * `noteOf(date)` gives {text, words, strong} to write below a date's number, or null; `repaint()` asks it again.
 * `heldOf(date)` gives the UTC time until which a taken night is only held, or undefined.
 */
export class Calendar {
  constructor(place, options) {
    this.options = { months: () => 1, mode: "stay", onSelect: () => {}, onMonthShown: () => {}, ...options };
    const { mode, min = today(), max = addDays(min, 365), taken = new Map(), selection = null } = this.options;
    this.rules = new (mode === "nights" ? NightRules : StayRules)({ min, max, taken });
    this.selection = selection;
    this.preview = null;
    this.id = `calendar-${(made += 1)}`;
    this.root = element(calendarTemplate, { mode });
    this.root.classList.toggle("calendar--noted", this.options.noteOf !== undefined);
    this.place = this.root.querySelector("[data-months]");
    this.said = this.root.querySelector("[data-said]");
    place.append(this.root);
    this.cursor = this.#clamp(selection?.start ?? min);
    this.first = this.#clampMonth(firstOf(this.cursor));
    this.#listen();
    this.#show();
  }

  /** Other taken nights; a selection that they break is gone, and `onSelect` hears it. */
  setTaken(taken) {
    this.rules.taken = taken;
    const lost = this.selection !== null && !this.rules.holds(this.selection);
    if (lost) {
      this.selection = null;
      this.#say(_("所选的日期刚被占用，请重新选择"));
    }
    this.#paint();
    if (lost) this.options.onSelect(null, "taken");
  }

  /** Shows a selection that was made elsewhere; `onSelect` does not hear it. */
  select(selection) {
    this.selection = selection;
    this.rules.open = false;
    if (selection) {
      this.cursor = this.#clamp(selection.start);
      this.#reveal(this.cursor);
    }
    this.#paint();
  }

  /** What `noteOf` says has changed. */
  repaint() {
    this.#paint();
  }

  destroy() {
    window.removeEventListener("resize", this.onResize);
    this.root.remove();
  }

  // --- what is shown ---

  #show() {
    const count = this.options.months();
    this.count = count;
    const months = Array.from({ length: count }, (_value, index) => addMonths(this.first, index));
    this.root.dataset.months = String(count);
    this.place.innerHTML = months
      .map((first) =>
        html(monthTemplate, {
          id: `${this.id}-${first.slice(0, 7)}`,
          title: monthFormat.format(time(first)),
          heads: heads(),
          weeks: weeksOf(first),
          noted: this.options.noteOf !== undefined,
        }),
      )
      .join("");
    this.until = addMonths(this.first, count);
    if (!within(this.cursor, [this.first, addDays(this.until, -1)])) this.cursor = this.#clamp(this.first);
    this.#enable("[data-earlier]", this.first > firstOf(this.rules.min));
    this.#enable("[data-later]", addDays(this.until, -1) < this.rules.max);
    this.#paint();
    this.options.onMonthShown(this.first, this.until);
  }

  #enable(selector, enabled) {
    this.root.querySelector(selector).setAttribute("aria-disabled", String(!enabled));
  }

  /** Brings every shown date up to date without touching the focus. */
  #paint() {
    const covered = this.selection ? this.rules.edges(this.selection) : null;
    const coming = this.preview ? this.rules.preview(this.selection, this.preview) : null;
    for (const cell of this.place.querySelectorAll("[data-day]")) this.#paintDate(cell, covered, coming);
  }

  #paintDate(cell, covered, coming) {
    const { day } = cell.dataset;
    const selected = covered !== null && within(day, covered);
    const ends = this.rules.canEnd(this.selection, day);
    const open = ends || this.rules.canStart(day);
    const shown = coming && within(day, coming) ? coming : selected ? covered : null;
    cell.tabIndex = day === this.cursor ? 0 : -1;
    cell.setAttribute("aria-selected", String(selected));
    if (open) cell.removeAttribute("aria-disabled");
    else cell.setAttribute("aria-disabled", "true");
    if (day === today()) cell.setAttribute("aria-current", "date");
    const note = day >= this.rules.min && day <= this.rules.max ? this.options.noteOf?.(day) : null;
    const held = this.rules.taken.has(day) && this.options.heldOf?.(day);
    const holding = held ? _("正被保留，可能空出") : "";
    const words = [fullFormat.format(time(day)), this.#stateOf(day, covered, ends), holding, note?.words];
    cell.setAttribute("aria-label", words.filter(Boolean).join(_("，")));
    if (this.options.noteOf) noteIn(cell, note);
    setOrDrop(cell.dataset, "kind", day >= this.rules.min && this.rules.taken.get(day));
    setOrDrop(cell.dataset, "held", held);
    if (!held) cell.removeAttribute("title");
    setOrDrop(cell.dataset, "range", shown && edgeOf(day, shown));
    setOrDrop(cell.dataset, "preview", shown && shown === coming && !selected ? "true" : "");
    setOrDrop(cell.dataset, "ends", ends && this.rules.isTaken(day) ? "true" : "");
  }

  /** A date's state in words. */
  #stateOf(day, covered, ends) {
    const stay = this.options.mode === "stay";
    if (covered !== null && within(day, covered)) {
      if (!stay) return _("已选");
      if (day === covered[0]) return _("入住日期");
      return day === covered[1] ? _("离店日期") : _("已选");
    }
    if (day < this.rules.min || day > this.rules.max) return _("不能选");
    const kind = this.rules.taken.get(day);
    if (stay && kind) return ends ? _("晚上已被占用，可以当天离店") : _("已被占用");
    if (kind === "block") return _("已关闭，可以重新开放");
    if (kind === "ical") return _("其他网站已占用");
    if (kind) return _("客人已预订");
    return ends || this.rules.canStart(day) ? _("可选") : _("不能选");
  }

  // --- what the visitor does ---

  #listen() {
    this.root.querySelector("[data-earlier]").addEventListener("click", () => this.#turn(-1));
    this.root.querySelector("[data-later]").addEventListener("click", () => this.#turn(1));
    this.place.addEventListener("click", ({ target }) => this.#pick(dayAt(target)));
    this.place.addEventListener("keydown", (event) => this.#press(event));
    this.place.addEventListener("focusin", ({ target }) => this.#foresee(dayAt(target)));
    this.place.addEventListener("focusout", () => this.#foresee(null));
    this.place.addEventListener("pointerover", ({ target, pointerType }) => {
      if (pointerType === "mouse") this.#foresee(dayAt(target));
    });
    this.place.addEventListener("pointerleave", () => this.#foresee(null));
    this.onResize = () => this.options.months() !== this.count && this.#show();
    window.addEventListener("resize", this.onResize);
  }

  #turn(step) {
    const wanted = this.#clampMonth(addMonths(this.first, step));
    if (wanted === this.first) return;
    this.first = wanted;
    this.#show();
    this.#say(monthFormat.format(time(this.first)));
  }

  #press(event) {
    const day = dayAt(event.target);
    if (day === null || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") this.#pick(day);
    else if (event.key in STEPS) this.#moveTo(STEPS[event.key](day, event.shiftKey));
    else return;
    event.preventDefault();
  }

  #moveTo(day) {
    this.cursor = this.#clamp(day);
    this.#reveal(this.cursor);
    this.#paint();
    this.place.querySelector(`[data-day="${this.cursor}"]`).focus();
  }

  #pick(day) {
    if (day === null) return;
    const chosen = this.rules.choose(this.selection, day);
    if (chosen === undefined) {
      this.#say(this.#stateOf(day, null, false));
      return;
    }
    this.selection = chosen;
    this.preview = null;
    this.cursor = day;
    this.#paint();
    this.#say(this.#summary());
    this.options.onSelect(chosen);
  }

  #summary() {
    if (this.selection === null) return _("已清除所选日期");
    const { start, end } = this.selection;
    if (end === null) return _("%(day)s 入住，请选离店日期", { day: formatShortDay(start) });
    const nights = formatNights(nightsBetween(start, end));
    return _("已选 %(start)s 到 %(end)s，%(nights)s", {
      start: formatShortDay(start),
      end: formatShortDay(this.rules.edges(this.selection)[1]),
      nights,
    });
  }

  /** Shows what the selection would become. */
  #foresee(day) {
    if (day === this.preview) return;
    this.preview = day;
    if (this.rules.isOpen(this.selection)) this.#paint();
  }

  #say(sentence) {
    this.said.textContent = sentence;
  }

  // --- where it is ---

  #clamp(day) {
    const { min, max } = this.rules;
    return day < min ? min : day > max ? max : day;
  }

  /** A first month with which nothing before `min` and nothing after `max` is shown. */
  #clampMonth(first) {
    const earliest = firstOf(this.rules.min);
    const latest = addMonths(firstOf(this.rules.max), 1 - this.options.months());
    if (first > latest) return latest < earliest ? earliest : latest;
    return first < earliest ? earliest : first;
  }

  #reveal(day) {
    if (within(day, [this.first, addDays(this.until, -1)])) return;
    const back = day < this.first ? 0 : 1 - this.count;
    this.first = this.#clampMonth(addMonths(firstOf(day), back));
    this.#show();
  }
}

const dayAt = (target) => target.closest?.("[data-day]")?.dataset.day ?? null;

function edgeOf(day, [first, last]) {
  if (first === last) return "only";
  if (day === first) return "first";
  return day === last ? "last" : "inside";
}

/** Writes a note below the number of a date, by CSS: the label says it in words already. */
function noteIn(cell, note) {
  const place = cell.querySelector(".date__note");
  place.dataset.note = note?.text ?? "";
  setOrDrop(place.dataset, "strong", note?.strong ? "true" : "");
}

function setOrDrop(attributes, name, value) {
  if (value) attributes[name] = value;
  else delete attributes[name];
}
