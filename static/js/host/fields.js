// The form of a house: its rules before it is sent, what goes on the wire, and the same fields out of a house.

import { readChoices, readForm } from "../forms.js";
import { _ } from "../i18n.js";
import { fenOf, yuanText } from "../money.js";

const TEXTS = [
  ["title", 2, 64, _("标题需要 2 到 64 个字")],
  ["address", 4, 128, _("地址需要 4 到 128 个字")],
  ["unit", 1, 32, _("户型需要 1 到 32 个字")],
  ["beds", 1, 64, _("卧床配置需要 1 到 64 个字")],
];
const NUMBERS = [
  ["room_count", 1, 50, _("房间数应为 1 到 50")],
  ["acreage", 1, 10_000, _("面积应为 1 到 10000 平方米")],
  ["capacity", 1, 50, _("可住人数应为 1 到 50")],
  ["min_days", 1, 365, _("最少入住晚数应为 1 到 365")],
  ["max_days", 0, 365, _("最多入住晚数应为 0 到 365，0 表示不限")],
];
const AMOUNTS = [
  ["price", 100, 10_000_000, _("每晚价格应为 1 到 100000 元")],
  ["deposit", 0, 100_000_000, _("押金应为 0 到 1000000 元")],
];
const AMOUNT_COMPLAINT = _("请填写金额，单位元，最多两位小数");

export const NAMES = [...TEXTS, ...NUMBERS, ...AMOUNTS].map(([name]) => name).concat("area_id", "facility");

/** What is typed, as text by name; `facility` is the list of ticked ids. */
export function readFields(form) {
  const fields = readForm(form);
  const typed = NAMES.map((name) => [name, name === "facility" ? readChoices(form, name) : (fields[name] ?? "")]);
  return Object.fromEntries(typed);
}

/** Puts such values into the form. */
export function fillFields(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const input = form.elements.namedItem(name);
    if (input === null) continue;
    if (name !== "facility") input.value = value;
    else for (const box of form.querySelectorAll("[name=facility]")) box.checked = value.includes(box.value);
  }
}

const isNumber = (text) => /^\d{1,6}$/.test(text);
const between = (number, min, max) => number >= min && number <= max;

/** What is wrong, as [{field, message}]. */
export function checkHouse(fields) {
  const complain = (field, message) => ({ field, message });
  const texts = TEXTS.filter(([name, min, max]) => !between([...fields[name]].length, min, max));
  const numbers = NUMBERS.filter(([name, min, max]) => !isNumber(fields[name]) || !between(Number(fields[name]), min, max));
  const amounts = AMOUNTS.filter(([name, min, max]) => !between(fenOf(fields[name]) ?? -1, min, max));
  const errors = [...texts, ...numbers].map(([name, , , message]) => complain(name, message));
  for (const [name, , , message] of amounts) {
    errors.push(complain(name, fenOf(fields[name]) === null ? AMOUNT_COMPLAINT : message));
  }
  if (!fields.area_id) errors.push(complain("area_id", _("请选择城区")));
  const [min, max] = [Number(fields.min_days), Number(fields.max_days)];
  if (max > 0 && max < min) errors.push(complain("max_days", _("最多入住晚数不能少于最少入住晚数")));
  return errors;
}

/** The fields as the API takes them; amounts as they were typed. */
export function bodyOf(fields) {
  const numbers = [...NUMBERS.map(([name]) => name), "area_id"];
  const asNumbers = Object.fromEntries(numbers.map((name) => [name, Number(fields[name])]));
  return { ...fields, ...asNumbers, facility: fields.facility.map(Number) };
}

/** The fields of a house from the API, as the form would hold them. */
export function fieldsOf(house) {
  const same = Object.fromEntries(NAMES.map((name) => [name, String(house[name] ?? "")]));
  return {
    ...same,
    price: yuanText(house.price),
    deposit: yuanText(house.deposit),
    facility: house.facilities.map(String),
  };
}

const comparable = (name, value) => {
  if (name === "facility") return [...value].map(Number).sort((a, b) => a - b).join();
  if (name === "price" || name === "deposit") return String(fenOf(value) ?? value);
  return value.split(/\s+/).join(" ").trim();
};

/** The names whose values differ. */
export const differing = (one, other) =>
  NAMES.filter((name) => comparable(name, one[name]) !== comparable(name, other[name]));
