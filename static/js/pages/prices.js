// What a house asks beside its base price, and on which terms. Nothing typed is lost; a second page follows by itself.

import { ApiError, request } from "../api.js";
import { addDays, today } from "../dates.js";
import { bindForm, clearErrors } from "../forms.js";
import { choose } from "../host/conflict.js";
import { Draft, showRestored } from "../host/draft.js";
import { Example } from "../host/example.js";
import { nightsOf, rangesOf, sameNights } from "../host/nightly.js";
import { bodyOf, checkPrices, differing, fieldsOf, fillPrices, readPrices } from "../host/prices.js";
import { SpecialPrices } from "../host/special.js";
import { rowsOf } from "../host/termrows.js";
import { _ } from "../i18n.js";
import { fenOf, formatYuan } from "../money.js";
import { renderInto } from "../render.js";
import { live } from "../shell.js";
import { toast } from "../toast.js";
import retryTemplate from "../../../templates/parts/retry.art";

const desk = document.getElementById("desk");
const houseId = Number(desk.dataset.houseId);
const form = document.getElementById("prices-form");
const unsaved = document.getElementById("unsaved");
const draft = new Draft(`${houseId}-prices`);
const path = `/houses/${houseId}/prices`;

const rendered = readPrices(form); // as the page came
let base = null; // the base price in fen
let saved = null; // {fields, nights, version} as the server has them, as far as this page knows

const special = new SpecialPrices(form, { usual: usualPrice, changed: showUnsaved });
const example = new Example({
  houseId,
  minNights: Number(desk.dataset.minNights),
  maxNights: Number(desk.dataset.maxNights),
});

/** What a night costs that has no price of its own, with what is typed now. */
function usualPrice(night) {
  const isWeekend = [5, 6].includes(new Date(`${night}T00:00:00Z`).getUTCDay());
  const typed = fenOf(form.elements.namedItem("weekend_price").value.trim());
  return isWeekend && typed !== null ? typed : base;
}

const current = () => ({ fields: readPrices(form), nights: special.nights });

const isSame = (one, other) => differing(one.fields, other.fields).length === 0 && sameNights(one.nights, other.nights);

function showUnsaved() {
  if (saved === null) return;
  const touched = !isSame(current(), saved);
  unsaved.hidden = !touched;
  unsaved.parentElement.classList.toggle("is-due", touched);
  document.getElementById("example-due").hidden = !touched;
  if (touched) draft.keep({ fields: readPrices(form), special: rangesOf(special.nights) });
  else draft.drop();
}

function fill({ fields, nights }) {
  fillPrices(form, fields);
  special.show(nights);
  showUnsaved();
}

// --- the prices as they are now ---

const stateOf = (prices) => ({ fields: fieldsOf(prices), nights: nightsOf(prices.special), version: prices.version });

/** Takes over what changed elsewhere; prices that are being edited stay, and saving asks. */
function adopt(prices) {
  const theirs = stateOf(prices);
  base = prices.price;
  document.getElementById("base-price").textContent = formatYuan(base);
  special.repaint();
  if (saved === null) {
    begin(theirs, draft.read());
    return;
  }
  const changed = !isSame(theirs, saved);
  if (changed && !isSame(current(), saved)) return;
  saved = theirs;
  if (!changed) return;
  fill(theirs);
  toast(_("价格刚在别处改过，已换成新的内容"));
}

/** The first reading: what was typed while it was out stays. */
function begin(theirs, kept) {
  saved = theirs;
  const typed = readPrices(form);
  const names = differing(typed, rendered);
  fill({ fields: { ...saved.fields, ...Object.fromEntries(names.map((name) => [name, typed[name]])) }, nights: saved.nights });
  restore(kept);
}

/** Shows what was typed and not saved before the page was left. */
function restore(kept) {
  if (!kept?.fields || !Array.isArray(kept.special)) return;
  const found = { fields: { ...saved.fields, ...kept.fields }, nights: comingNights(kept.special) };
  if (isSame(found, saved)) return;
  fill(found);
  showRestored(() => takeOver(saved));
}

/** What was kept on another day may name nights that are over. */
const comingNights = (ranges) => new Map([...nightsOf(ranges)].filter(([night]) => night >= today()));

async function readTaken() {
  const answer = await request("GET", `/houses/${houseId}/calendar?from=${today()}&to=${addDays(today(), 395)}`);
  return new Set(answer.nights.map(({ night }) => night));
}

async function refresh() {
  try {
    const [prices, taken] = await Promise.all([request("GET", path), readTaken()]);
    adopt(prices);
    example.show(taken);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) location.assign("/myhouse.html");
    else if (saved === null) showRetry(error.message);
    else toast(error.message, "danger");
  }
}

/** The first reading failed: the form is there, the prices of dates and the example are not. */
function showRetry(message) {
  const place = document.getElementById("example");
  renderInto(place, retryTemplate, { message });
  place.querySelector("[data-retry]").addEventListener("click", refresh);
}

live.addEventListener("house", ({ detail }) => {
  if (detail.house_id === houseId && !("calendar_version" in detail)) refresh();
});

// --- saving ---

async function put() {
  const sent = { fields: readPrices(form), nights: new Map(special.nights) };
  const answer = await request("PUT", path, { body: { ...bodyOf(sent.fields, sent.nights), version: saved.version } });
  saved = { ...sent, version: answer.version };
  showUnsaved();
  example.show();
  toast(_("修改已保存"), "positive");
}

/** Another page was faster. When it changed no price, nobody needs to be asked. */
async function settle() {
  const theirs = stateOf(await request("GET", path));
  const mine = current();
  if (isSame(theirs, saved) || isSame(theirs, mine)) {
    saved = theirs;
    await put();
    return;
  }
  choose(document.getElementById("conflict"), rowsOf(form, mine, theirs)).then((choice) => {
    saved = theirs;
    if (choice === "mine") form.requestSubmit();
    else takeOver(theirs);
  });
}

function takeOver(theirs) {
  clearErrors(form);
  fill(theirs);
}

async function save() {
  if (saved === null) {
    await refresh();
    return;
  }
  try {
    await put();
  } catch (error) {
    if (!(error instanceof ApiError) || error.fieldMessage("version") === undefined) throw error;
    await settle();
  }
}

/** What the server says of the prices of dates stands below their list. */
function showSpecialErrors({ errors }) {
  const one = errors.find(({ field }) => field.startsWith("special"));
  document.getElementById("special-error").textContent = one?.message ?? "";
}

function check() {
  const complaint = special.settle();
  const errors = checkPrices(readPrices(form));
  return complaint ? [...errors, { field: "special_price", message: complaint }] : errors;
}

form.addEventListener("input", () => {
  showUnsaved();
  special.repaint();
});
bindForm(form, { check, submit: save, refused: showSpecialErrors });
refresh();
