// Prices of two pages side by side: what differs, with the form's own labels.

import { formatDays } from "../dates.js";
import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";
import { policyShown } from "../pricelines.js";
import { rangesOf, sameNights } from "./nightly.js";
import { differing } from "./prices.js";

const LABELS = { instant: _("即时预订"), wants_verified: _("希望房客实名认证"), cancellation: _("取消政策") };
const NOTHING = "–";

const labelOf = (form, name) => LABELS[name] ?? form.querySelector(`label[for="${name}"]`).textContent;

function shown(name, value) {
  if (name === "cancellation") return policyShown(value).name;
  if (typeof value === "boolean") return value ? _("开") : _("关");
  return value || NOTHING;
}

const shownNights = (nights) =>
  rangesOf(nights)
    .map(({ start_date: start, end_date: end, price }) => `${formatDays(start, end)} ${formatYuan(price)}`)
    .join("; ") || NOTHING;

/** [{label, mine, theirs}] of two states {fields, nights}. */
export function rowsOf(form, mine, theirs) {
  const rows = differing(mine.fields, theirs.fields).map((name) => ({
    label: labelOf(form, name),
    mine: shown(name, mine.fields[name]),
    theirs: shown(name, theirs.fields[name]),
  }));
  if (sameNights(mine.nights, theirs.nights)) return rows;
  return [...rows, { label: _("特殊日期"), mine: shownNights(mine.nights), theirs: shownNights(theirs.nights) }];
}
