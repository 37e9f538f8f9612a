// The calendar of an own house: close nights and open them again. A second page follows by itself.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { Calendar } from "../calendar.js";
import { addDays, formatNights, formatShortDay, nightsBetween, today } from "../dates.js";
import { Export } from "../host/export.js";
import { Feeds } from "../host/feeds.js";
import { _ } from "../i18n.js";
import { renderInto } from "../render.js";
import { live } from "../shell.js";
import { toast } from "../toast.js";
import retryTemplate from "../../../templates/parts/retry.art";

const place = document.getElementById("nights");
const houseId = Number(place.dataset.houseId);
const chosen = document.getElementById("chosen");
const buttons = { open: document.getElementById("open"), block: document.getElementById("block") };
const wide = window.matchMedia("(min-width: 760px)");
const first = today();
const last = addDays(first, 364);

let calendar = null;
let selection = null;
let taken = new Map();
let version = -1;

const daysOf = ({ start, end }) =>
  Array.from({ length: nightsBetween(start, end) }, (_value, index) => addDays(start, index));

/** How many nights of the selection are free, and how many the host has closed. */
function counted() {
  const days = selection ? daysOf(selection) : [];
  const closed = days.filter((day) => taken.get(day) === "block").length;
  return { free: days.length - closed, closed };
}

function showButton(button, count, label) {
  button.hidden = count === 0;
  button.querySelector("[data-label]").textContent = label;
}

function showChosen(lost = false) {
  const { free, closed } = counted();
  showButton(buttons.block, free, _("关闭 %(nights)s", { nights: formatNights(free) }));
  showButton(buttons.open, closed, _("重新开放 %(nights)s", { nights: formatNights(closed) }));
  if (selection === null) {
    chosen.textContent = lost ? _("所选的夜晚刚被预订，请重新选择") : _("还没有选夜晚");
    return;
  }
  const [from, to] = [selection.start, addDays(selection.end, -1)];
  const days = from === to ? formatShortDay(from) : `${formatShortDay(from)} – ${formatShortDay(to)}`;
  chosen.textContent = _("%(days)s 的夜晚，共 %(nights)s", { days, nights: formatNights(free + closed) });
}

function makeCalendar() {
  place.replaceChildren();
  place.removeAttribute("aria-busy");
  calendar = new Calendar(place, {
    mode: "nights",
    months: () => (wide.matches ? 2 : 1),
    min: first,
    max: last,
    taken,
    onSelect: (now, reason) => {
      selection = now;
      showChosen(reason === "taken");
    },
  });
}

async function read() {
  const answer = await request("GET", `/houses/${houseId}/calendar?from=${first}&to=${addDays(last, 1)}`);
  if (answer.version < version) return;
  version = answer.version;
  taken = new Map(answer.nights.map(({ night, kind }) => [night, kind]));
  if (calendar === null) makeCalendar();
  else calendar.setTaken(taken);
  showChosen();
}

async function readFirst() {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    renderInto(place, retryTemplate, { message: error.message });
    place.querySelector("[data-retry]").addEventListener("click", readFirst);
  }
}

/** The page is told again at the next change: a reading that failed is no reason to disturb. */
async function readAgain(heard) {
  if (calendar === null || heard <= version) return;
  try {
    await read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

const send = {
  block: ({ start, end }) =>
    request("POST", `/houses/${houseId}/blocks`, { body: { start_date: start, end_date: end } }),
  open: ({ start, end }) => request("DELETE", `/houses/${houseId}/blocks?start_date=${start}&end_date=${end}`),
};

async function change(what) {
  const before = selection;
  try {
    const { nights } = await whileBusy(buttons[what], () => send[what](before));
    const count = formatNights(nights.length);
    toast(what === "block" ? _("已关闭 %(count)s", { count }) : _("已开放 %(count)s", { count }), "positive");
    selection = null;
    calendar.select(null);
    await read();
    place.querySelector('[data-day][tabindex="0"]')?.focus({ preventScroll: true });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message, "danger");
    if (error.status === 409) await readAgain(Number.POSITIVE_INFINITY);
  }
}

for (const what of Object.keys(buttons)) buttons[what].addEventListener("click", () => change(what));
readFirst();
live.follow(houseId, readAgain);
new Feeds(houseId, live);
new Export(houseId);
