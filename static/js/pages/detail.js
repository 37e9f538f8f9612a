// The page of a house. Its words and first picture came with the page; here are gallery, nights and price.

import { Calendar } from "../calendar.js";
import { leadBackTo } from "../comeback.js";
import { addDays, formatStay, isStay, today } from "../dates.js";
import { bindGallery } from "../house/gallery.js";
import { Holds } from "../house/holds.js";
import { Nights } from "../house/nights.js";
import { Quote } from "../house/quote.js";
import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";
import { element } from "../render.js";
import { live } from "../shell.js";
import { HORIZON_DAYS, StayPicker, monthsShown, stayHint, wholeStay } from "../staypicker.js";
import { bindStepper } from "../stepper.js";
import retryTemplate from "../../../templates/parts/retry.art";

const { houseId, capacity } = document.getElementById("house").dataset;
const gallery = document.getElementById("gallery");
const calendarPlace = document.getElementById("calendar");
const calendarTrouble = document.getElementById("calendar-trouble");
const clear = document.getElementById("clear-stay");
const asked = new URLSearchParams(location.search);

let selection = isStay(asked.get("sd"), asked.get("ed")) ? { start: asked.get("sd"), end: asked.get("ed") } : null;
let calendar = null;

const nights = new Nights(houseId, { heard: showTaken, failed: offerRetry });
const holds = new Holds(document.getElementById("holds"), { over: () => nights.load() });
const booking = document.getElementById("quote") ? bindBooking() : null;

// --- the nights ---

function showTaken(taken, held) {
  calendarTrouble.replaceChildren();
  holds.show(held);
  booking?.picker.setTaken(taken);
  if (calendar) {
    calendar.setTaken(taken);
    return;
  }
  calendarPlace.replaceChildren();
  calendarPlace.removeAttribute("aria-busy");
  calendar = new Calendar(calendarPlace, {
    months: monthsShown,
    min: today(),
    max: addDays(today(), HORIZON_DAYS),
    taken: new Map(),
    selection,
    mode: "stay",
    onSelect: (chosen, reason) => choose(chosen, reason),
    heldOf: (day) => holds.untilOf(day),
  });
  calendar.setTaken(taken);
}

function offerRetry(error) {
  const retry = element(retryTemplate, { message: error.message });
  retry.querySelector("[data-retry]").addEventListener("click", () => nights.load());
  if (calendar) {
    calendarTrouble.replaceChildren(retry);
    return;
  }
  calendarPlace.replaceChildren(retry);
  calendarPlace.removeAttribute("aria-busy");
}

// --- the stay ---

/** A choice made in either calendar; `reason` "taken" when somebody else got the nights. */
function choose(chosen, reason) {
  const before = wholeStay(selection);
  selection = chosen;
  calendar?.select(chosen);
  booking?.picker.select(chosen);
  showStay();
  if (!booking || (reason !== "taken" && before === null && wholeStay(chosen) === null)) return;
  booking.ask(reason === "taken" ? _("这些夜晚已经被订走了，请换个日期。") : "");
  keepInAddress();
}

function showStay() {
  clear.hidden = selection === null;
  document.getElementById("calendar-hint").textContent =
    selection === null ? _("划掉的夜晚已经有人住了。") : stayHint(selection);
}

/** A reload and the way back find the same stay. */
function keepInAddress() {
  const query = new URLSearchParams(location.search);
  const stay = wholeStay(selection);
  const said = { sd: stay?.start, ed: stay?.end, guests: booking.guests() > 1 ? booking.guests() : null };
  for (const [name, value] of Object.entries(said)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  leadBack();
}

function leadBack() {
  const stay = wholeStay(selection);
  const query = new URLSearchParams(stay ? { sd: stay.start, ed: stay.end, guests: booking?.guests() ?? 1 } : {});
  leadBackTo(`/house/${houseId}${stay ? `?${query}` : ""}`);
}

// --- the booking card and, on phones, the bar ---

function bindBooking() {
  const input = document.getElementById("guests");
  const bar = document.getElementById("bookbar-price");
  const barDates = document.getElementById("bookbar-dates");
  const buttons = [document.getElementById("book"), document.getElementById("bookbar-go")];
  const pricePerNight = bar.innerHTML;
  const guests = () => Math.min(Math.max(Number.parseInt(input.value, 10) || 1, 1), Number(capacity));
  let isPriced = false;

  const quote = new Quote(document.getElementById("quote"), houseId, {
    priced: (priced) => {
      isPriced = priced !== null;
      bar.innerHTML = pricePerNight;
      if (priced) {
        bar.firstElementChild.textContent = formatYuan(priced.total);
        bar.lastChild.textContent = ` ${_("合计")}`;
      }
      showGo(wholeStay(selection));
    },
    taken: () => nights.load(),
  });
  const picker = new StayPicker(document.getElementById("booking-dates"), document.getElementById("stay-sheet"), {
    changed: (stay, reason) => choose(picker.selection, reason),
  });
  const ask = (message = "") => quote.ask(wholeStay(selection), guests(), message);

  /** What card and bar offer: to choose dates, then to book what has a price. */
  function showGo(stay) {
    barDates.textContent = stay ? formatStay(stay.start, stay.end) : _("哪天都行");
    for (const button of buttons) {
      button.textContent = stay ? button.dataset.book : _("选日期");
      if (stay && !isPriced) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  function go(button) {
    const stay = wholeStay(selection);
    if (!stay) picker.open(button);
    else if (isPriced) {
      const query = { house_id: houseId, sd: stay.start, ed: stay.end, guests: guests() };
      location.assign(`/booking.html?${new URLSearchParams(query)}`);
    }
  }

  document.getElementById("bookbar-stay").addEventListener("click", ({ currentTarget }) => picker.open(currentTarget));
  for (const button of buttons) button.addEventListener("click", () => go(button));
  input.value = String(Math.min(Math.max(Number.parseInt(asked.get("guests"), 10) || 1, 1), Number(capacity)));
  bindStepper(document.getElementById("guests-stepper"), () => {
    ask();
    keepInAddress();
  });
  return { picker, ask, guests };
}

if (gallery) bindGallery(gallery);
clear.addEventListener("click", () => choose(null));
showStay();
leadBack();
if (booking) {
  booking.picker.select(selection);
  booking.ask();
}
nights.load();
live.follow(Number(houseId), (version) => nights.reach(version));
