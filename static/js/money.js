// Money arrives as integer fen.

import { language } from "./i18n.js";

const whole = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** ¥398, ¥1,194, ¥398.50. */
export function formatYuan(fen) {
  return `¥${(fen % 100 === 0 ? whole : exact).format(fen / 100)}`;
}

const compact = new Intl.NumberFormat(language === "en" ? "en-GB" : "zh-CN", {
  notation: "compact",
  maximumFractionDigits: 1,
});

/** For narrow places, to about a tenth: ¥398, ¥398.5, ¥1.2万. */
export const formatCompact = (fen) => `¥${compact.format(fen / 100)}`;

/** As formatYuan; what is taken off with a minus sign before it: −¥39.80. */
export const formatAmount = (fen) => (fen < 0 ? `−${formatYuan(-fen)}` : formatYuan(fen));

/** An amount as somebody would type it: 398, 398.50. */
export const yuanText = (fen) => (fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2));

/** What somebody typed, in yuan, as integer fen; null when it is no amount. */
export function fenOf(text) {
  const [, yuan, cents = ""] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  return yuan === undefined ? null : Number(yuan) * 100 + Number(cents.padEnd(2, "0"));
}
