// The form of a house's prices: its rules before it is sent, what goes on the wire, and the same fields out of an answer.

import { readForm } from "../forms.js";
import { _ } from "../i18n.js";
import { fenOf, yuanText } from "../money.js";
import { bodyOf as rangesOf } from "./nightly.js";

const AMOUNT_COMPLAINT = _("请填写金额，单位元，最多两位小数");
const PRICE_COMPLAINT = _("每晚价格应为 1 到 100000 元");
const CLEANING_COMPLAINT = _("清洁费应为 0 到 100000 元");
const PERCENT_COMPLAINT = _("折扣应为 0 到 90 的整数");
const MIN_FEN = 100;
const MAX_FEN = 10_000_000;
const MAX_PERCENT = 90;
const PERCENTS = ["weekly_percent", "monthly_percent"];
const SWITCHES = ["instant", "wants_verified"];

/** What is typed and switched, by name; the prices of dates are not in the form. */
export function readPrices(form) {
  const fields = readForm(form);
  const switched = SWITCHES.map((name) => [name, form.elements.namedItem(name).checked]);
  return {
    weekend_price: fields.weekend_price,
    cleaning_fee: fields.cleaning_fee,
    weekly_percent: fields.weekly_percent,
    monthly_percent: fields.monthly_percent,
    ...Object.fromEntries(switched),
    cancellation: fields.cancellation,
  };
}

/** Puts such values into the form. */
export function fillPrices(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const input = form.elements.namedItem(name);
    if (input === null) continue;
    if (SWITCHES.includes(name)) input.checked = value;
    else input.value = value;
  }
}

/** The fields of an answer, as the form would hold them. */
export const fieldsOf = (prices) => ({
  weekend_price: prices.weekend_price === null ? "" : yuanText(prices.weekend_price),
  cleaning_fee: yuanText(prices.cleaning_fee),
  weekly_percent: String(prices.weekly_percent),
  monthly_percent: String(prices.monthly_percent),
  instant: prices.instant,
  wants_verified: prices.wants_verified,
  cancellation: prices.cancellation,
});

/** What is wrong with an amount, or "". */
export function amountComplaint(text, min, complaint) {
  const fen = fenOf(text);
  if (fen === null) return AMOUNT_COMPLAINT;
  return fen >= min && fen <= MAX_FEN ? "" : complaint;
}

export const priceComplaint = (text) => amountComplaint(text, MIN_FEN, PRICE_COMPLAINT);

const isPercent = (text) => /^\d{1,2}$/.test(text) && Number(text) <= MAX_PERCENT;

/** What is wrong, as [{field, message}]. */
export function checkPrices(fields) {
  const errors = [
    { field: "weekend_price", message: fields.weekend_price === "" ? "" : priceComplaint(fields.weekend_price) },
    { field: "cleaning_fee", message: amountComplaint(fields.cleaning_fee, 0, CLEANING_COMPLAINT) },
    ...PERCENTS.map((field) => ({ field, message: isPercent(fields[field]) ? "" : PERCENT_COMPLAINT })),
  ].filter(({ message }) => message);
  const [weekly, monthly] = PERCENTS.map((name) => Number(fields[name]));
  if (monthly > 0 && monthly < weekly && !errors.some(({ field }) => PERCENTS.includes(field))) {
    errors.push({ field: "monthly_percent", message: _("住满 28 晚的优惠不能小于住满 7 晚的；填 0 就按住满 7 晚算") });
  }
  return errors;
}

/** The fields and the prices of dates as the API takes them; amounts as they were typed. */
export const bodyOf = (fields, nights) => ({
  ...fields,
  weekend_price: fields.weekend_price === "" ? null : fields.weekend_price,
  weekly_percent: Number(fields.weekly_percent),
  monthly_percent: Number(fields.monthly_percent),
  special: rangesOf(nights),
});

const comparable = (name, value) => (name.endsWith("_price") || name.endsWith("_fee") ? (fenOf(value) ?? value) : value);

/** The names whose values differ. */
export const differing = (one, other) =>
  Object.keys(other).filter((name) => comparable(name, one[name]) !== comparable(name, other[name]));
