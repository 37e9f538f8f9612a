// Money arrives as integer fen.

const whole = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** ¥398, ¥1,194, ¥398.50. */
export function formatYuan(fen) {
  return `¥${(fen % 100 === 0 ? whole : exact).format(fen / 100)}`;
}
