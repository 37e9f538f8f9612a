// Booking: dates, guests, price and terms as they are now, and one button that makes one order.

import { ApiError } from "../api.js";
import { isBusy, whileBusy } from "../busy.js";
import { formatNights, formatWeekday, isStay, nightsBetween } from "../dates.js";
import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";
import { Offer } from "../orders/offer.js";
import { Placing, findOwn, isUnknown } from "../orders/placing.js";
import { keepTicking } from "../orders/ticks.js";
import { refundDates } from "../orders/words.js";
import { policyShown, shownLines } from "../pricelines.js";
import { html, renderInto } from "../render.js";
import { live } from "../shell.js";
import { bindStepper } from "../stepper.js";
import { toastOnNextPage } from "../toast.js";
import quoteTemplate from "../../../templates/houses/quote.art";
import termsTemplate from "../../../templates/orders/terms.art";
import troubleTemplate from "../../../templates/orders/trouble.art";

const root = document.getElementById("booking-page");
const houseId = Number(root.dataset.houseId);
const isOpen = root.dataset.open === "yes";
const submit = document.getElementById("submit");
const guestsInput = document.getElementById("guests");
const quotePlace = document.getElementById("quote");
const termsPlace = document.getElementById("terms");
const termsPanel = termsPlace.closest("section");
const left = document.getElementById("quote-left");
const trouble = document.getElementById("booking-trouble");
const total = document.getElementById("bar-total");

const asked = new URLSearchParams(location.search);
const stay = isStay(asked.get("sd"), asked.get("ed")) ? { start: asked.get("sd"), end: asked.get("ed") } : null;
const placing = new Placing();
let offer = null;
let blocked = true; // something is in the way of sending

const guests = () => Math.min(Math.max(Number.parseInt(guestsInput.value, 10) || 1, 1), Number(guestsInput.max));

function houseAddress() {
  const query = new URLSearchParams(stay ? { sd: stay.start, ed: stay.end, guests: guests() } : {});
  return `/house/${houseId}${stay ? `?${query}` : ""}`;
}

function pointBack() {
  for (const link of document.querySelectorAll("[data-to-house]")) link.href = houseAddress();
}

function block(isBlocked) {
  blocked = isBlocked;
  if (!submit || isBusy(submit)) return;
  if (blocked) submit.setAttribute("aria-disabled", "true");
  else submit.removeAttribute("aria-disabled");
}

/** Says what is in the way, with a way on. `blocks`: nothing can be sent until it is gone. */
function complain(message, { way = null, tone = "danger", blocks = false } = {}) {
  trouble.innerHTML = message ? html(troubleTemplate, { message, way, tone }) : "";
  if (message) trouble.scrollIntoView({ block: "center" }); // on a phone it stands far below the button
  if (blocks) block(true);
}

const otherDates = () => ({ address: `/house/${houseId}`, label: _("换个日期") });

// --- price and terms ---

function showTerms(quote) {
  const deposit = quote.lines.find(({ kind }) => kind === "deposit");
  termsPanel.hidden = false;
  renderInto(termsPlace, termsTemplate, {
    policy: policyShown(quote.cancellation),
    dates: refundDates(quote.cancellation, stay.start),
    deposit: deposit ? formatYuan(deposit.amount) : "",
  });
}

function arrived(quote, before) {
  renderInto(quotePlace, quoteTemplate, { state: "ready", lines: shownLines(quote.lines), total: formatYuan(quote.total) });
  showTerms(quote);
  total.textContent = formatYuan(quote.total);
  left.querySelector("[data-until]").dataset.until = quote.expires_at;
  left.classList.add("is-shown");
  if (blocked) complain("");
  block(false);
  if (before === null || before.total === quote.total) return;
  const prices = { before: formatYuan(before.total), now: formatYuan(quote.total) };
  complain(_("价格有变化：刚才 %(before)s，现在 %(now)s。", prices), { tone: "warning" });
}

function asking() {
  left.classList.remove("is-shown");
  complain("");
  block(true);
  renderInto(quotePlace, quoteTemplate, { state: "loading" });
  quotePlace.setAttribute("aria-busy", "true");
}

async function refused(error) {
  left.classList.remove("is-shown");
  total.textContent = "";
  block(true);
  showNothing();
  if (error.status === 409) {
    await taken();
    return;
  }
  const message = error.errors[0]?.message ?? error.message;
  if ([400, 404, 422].includes(error.status)) {
    complain(message, { way: otherDates(), blocks: true });
    return;
  }
  renderInto(quotePlace, quoteTemplate, { state: "failed", message });
  quotePlace.querySelector("[data-retry]").addEventListener("click", () => offer.ask(guests()));
}

/** No price, no terms. */
function showNothing() {
  termsPanel.hidden = true;
  for (const place of [quotePlace, termsPlace]) {
    place.replaceChildren();
    place.removeAttribute("aria-busy");
  }
}

/** The nights are gone: to somebody else, or to an order that this guest made a moment ago. */
async function taken() {
  const own = await findOwn(houseId, stay).catch(() => null);
  if (own) {
    const way = { address: `/order/${own.order_id}`, label: _("看订单") };
    complain(_("这几晚你已经订了，不用再下单。"), { way, tone: "warning", blocks: true });
    return;
  }
  complain(_("这几晚刚被别人订走了，没有下单，也没有收费。"), { way: otherDates(), blocks: true });
}

// --- the order ---

const bodyNow = () => ({
  house_id: houseId,
  start_date: stay.start,
  end_date: stay.end,
  guests: guests(),
  quote: offer.quote.quote,
});

async function send() {
  complain("");
  try {
    const order = await placing.send(bodyNow());
    toastOnNextPage(order.status === "WAIT_ACCEPT" ? _("已下单，等房东接单") : _("已下单，请在 15 分钟内付款"), "positive");
    location.replace(`/order/${order.order_id}`);
    await new Promise(() => {}); // the page goes; its button stays at work until then
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await notPlaced(error);
  }
}

async function notPlaced(error) {
  if (isUnknown(error)) {
    complain(_("没有收到答复：%(why)s 再按一次不会重复下单。", { why: error.message }));
    return;
  }
  const field = error.errors[0]?.field;
  if (field === "quote") {
    const before = offer.shown.total;
    await offer.ask(guests(), { quietly: true });
    if (!blocked && offer.shown.total === before) complain(_("报价刚过期，价格已经重新取过。看一眼，再提交。"), { tone: "warning" });
  } else if (error.status === 409 && field === "start_date") await taken();
  else if (error.status === 404) {
    complain(error.message, { way: { address: "/search.html", label: _("看看别的房源") }, blocks: true });
  } else if (error.status === 409 || error.status === 422) {
    complain(error.errors[0]?.message ?? error.message, { way: otherDates() });
  } else complain(error.message);
}

// --- the page ---

function showStay() {
  const shown = {
    start: formatWeekday(stay.start),
    end: formatWeekday(stay.end),
    nights: formatNights(nightsBetween(stay.start, stay.end)),
  };
  for (const [name, text] of Object.entries(shown)) root.querySelector(`[data-stay-${name}]`).textContent = text;
}

function keepGuests() {
  const query = new URLSearchParams(location.search);
  query.set("guests", guests());
  history.replaceState(null, "", `${location.pathname}?${query}`);
  pointBack();
}

function followNights() {
  let isFirst = true;
  live.follow(houseId, () => {
    if (!isFirst && !(submit && isBusy(submit))) offer.ask(guests(), { quietly: true });
    isFirst = false;
  });
}

function begin() {
  showStay();
  offer = new Offer(houseId, stay, { arrived, refused, asking });
  bindStepper(document.getElementById("guests-stepper"), () => {
    keepGuests();
    offer.ask(guests());
  });
  keepTicking(left, () => offer.ask(guests(), { quietly: true }));
  submit?.addEventListener("click", () => {
    if (submit.getAttribute("aria-disabled") !== "true") whileBusy(submit, send).then(() => block(blocked));
  });
  offer.ask(guests());
  followNights();
}

guestsInput.value = asked.get("guests") ?? "1";
guestsInput.value = String(guests());
pointBack();
if (stay && isOpen) begin();
else {
  showNothing();
  bindStepper(document.getElementById("guests-stepper"), pointBack);
  if (isOpen) complain(_("先选入住和离店的日期。"), { way: { address: houseAddress(), label: _("去选日期") }, tone: "warning", blocks: true });
}
