// What a stay costs and on which terms, in words: the lines of quotes and orders, and the cancellation policies.

import { formatNights } from "./dates.js";
import { _ } from "./i18n.js";
import { formatAmount, formatYuan } from "./money.js";

const ofNights = (line) =>
  _("%(price)s × %(nights)s", { price: formatYuan(line.unit_price), nights: formatNights(line.quantity) });

const LABELS = {
  nights: ofNights,
  weekend: (line) => _("%(nights)s（周末）", { nights: ofNights(line) }),
  special: (line) => _("%(nights)s（特殊日期）", { nights: ofNights(line) }),
  weekly: () => _("住满 7 晚优惠"),
  monthly: () => _("住满 28 晚优惠"),
  cleaning: () => _("清洁费"),
  deposit: () => _("押金，离店后退还"),
};

/** Lines as a template shows them: [{kind, label, amount, off}]; `off` marks a discount. */
export const shownLines = (lines) =>
  lines.map((line) => ({
    kind: line.kind,
    label: LABELS[line.kind]?.(line) ?? line.kind,
    amount: formatAmount(line.amount),
    off: line.amount < 0,
  }));

const POLICIES = {
  flexible: {
    name: _("灵活"),
    refund: _("入住前一天或更早取消，房费全退；入住当天取消，退一半房费。"),
  },
  moderate: {
    name: _("适中"),
    refund: _("入住前 5 天或更早取消，房费全退；入住前 1 到 4 天取消，退一半房费；入住当天取消，房费不退。"),
  },
  strict: {
    name: _("严格"),
    refund: _("入住前 14 天或更早取消，房费全退；入住前 7 到 13 天取消，退一半房费；更晚取消，房费不退。"),
  },
};

/** A cancellation policy in words: its name, and what a guest who cancels gets back of the nights. */
export const policyShown = (policy) => POLICIES[policy] ?? { name: policy, refund: "" };
