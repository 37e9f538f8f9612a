// An order in words, for the side that looks: status, what comes next, how far it is, what happened, what a cancelling gives.

import { addDays, formatNights, formatShortDay, formatStay, today } from "../dates.js";
import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";

const STATUS = {
  WAIT_ACCEPT: { icon: "clock", tone: "waiting", name: _("待接单") },
  WAIT_PAYMENT: { icon: "yuan", tone: "waiting", name: _("待付款") },
  PAID: { icon: "check", tone: "positive", name: _("已付款") },
  WAIT_COMMENT: { icon: "star", tone: "waiting", name: _("待评价") },
  COMPLETE: { icon: "check", tone: "over", name: _("已完成") },
  CANCELED: { icon: "close", tone: "over", name: _("已取消") },
  REJECTED: { icon: "close", tone: "over", name: _("已拒绝") },
};

/** Icon, tone and name of a status. */
export const statusShown = (status) => ({ status, ...STATUS[status] });

const SENTENCES = {
  guest: {
    WAIT_ACCEPT: () => _("等房东接单，没有接单会自动取消，不收费。"),
    WAIT_PAYMENT: () => _("这几晚给你留着，请在时间到之前付款。"),
    PAID: (order) => _("%(day)s 入住，期待你来。", { day: formatShortDay(order.start_date) }),
    WAIT_COMMENT: () => _("住得怎么样？写几句给后来的人。"),
    COMPLETE: () => _("这次住宿已经结束，谢谢。"),
    CANCELED: () => _("订单已取消，这几晚已经放开。"),
    REJECTED: () => _("房东没有接单，没有收费。"),
  },
  host: {
    WAIT_ACCEPT: () => _("请在时间到之前接单或拒绝，过时会自动取消。"),
    WAIT_PAYMENT: () => _("等房客付款，过时会自动取消。"),
    PAID: (order) => _("房客 %(day)s 入住。", { day: formatShortDay(order.start_date) }),
    WAIT_COMMENT: () => _("房客已经离店，等他写评价。"),
    COMPLETE: (order) => (order.comment && !order.reply ? _("房客写了评价，可以回复一次。") : _("这次接待已经结束。")),
    CANCELED: () => _("订单已取消，这几晚已经放开。"),
    REJECTED: () => _("你没有接这个订单。"),
  },
};

/** What the status means for this side, in one sentence. */
export const sentenceOf = (order) => SENTENCES[order.role][order.status](order);

/** When the status ends by itself, where somebody has to hurry; null elsewhere. */
export const leftOf = (order) => (["WAIT_ACCEPT", "WAIT_PAYMENT"].includes(order.status) ? order.expires_at : null);

const DONE = { WAIT_ACCEPT: 1, WAIT_PAYMENT: 2, PAID: 3, WAIT_COMMENT: 4, COMPLETE: 5 };

/** The way of an order in five steps, each done, now or to come; empty for one that was cancelled or rejected. */
export function stepsOf(order) {
  const done = DONE[order.status];
  if (!done) return [];
  const words = { done: _("已完成"), now: _("正在等"), coming: _("还没到") };
  return [_("下单"), _("接单"), _("付款"), _("入住"), _("完成")].map((name, index) => {
    const state = index < done ? "done" : index === done ? "now" : "coming";
    return { name, state, said: words[state] };
  });
}

const EVENTS = {
  place: { guest: [_("你提交了订单"), _("房客提交了订单")] },
  accept: { host: [_("你接了单"), _("房东接了单")] },
  reject: { host: [_("你拒绝了订单"), _("房东拒绝了订单")] },
  cancel: {
    guest: [_("你取消了订单"), _("房客取消了订单")],
    host: [_("你取消了订单"), _("房东取消了订单")],
  },
  comment: { guest: [_("你写了评价"), _("房客写了评价")] },
  reply: { host: [_("你回复了评价"), _("房东回复了评价")] },
};
const ICONS = { place: "edit", accept: "check", pay: "yuan", check_out: "leave", comment: "star", complete: "check", reply: "message", expire: "clock" };

function bySystem({ event, from }) {
  if (event === "expire") {
    return from === "WAIT_ACCEPT" ? _("没有及时接单，自动取消") : _("没有及时付款，自动取消");
  }
  return { pay: _("付款到账"), check_out: _("住宿结束"), complete: _("没有评价，订单自动完成") }[event] ?? event;
}

/** One entry of the timeline: {icon, text}, as `role` reads it. */
export function eventShown(entry, role) {
  const words = EVENTS[entry.event]?.[entry.actor];
  const text = words ? words[entry.actor === role ? 0 : 1] : bySystem(entry);
  return { icon: ICONS[entry.event] ?? "close", text };
}

// Days before the check-in, and from there on how much of the nights a guest gets back; most days first.
const REFUND_STEPS = {
  flexible: [[1, 100], [0, 50]],
  moderate: [[5, 100], [1, 50]],
  strict: [[14, 100], [7, 50]],
};
const SHARES = {
  100: () => _("房费全退"),
  50: () => _("房费退一半"),
  0: () => _("房费不退"),
};

/** What a guest who cancels gets back of the nights, as the dates that follow from the policy: [{when, what}]. */
export function refundDates(policy, start) {
  const rows = (REFUND_STEPS[policy] ?? [])
    .map(([days, percent]) => ({ last: addDays(start, -days), percent }))
    .filter(({ last }) => last >= today())
    .map(({ last, percent }) => ({ when: _("%(day)s 及之前", { day: formatShortDay(last) }), what: SHARES[percent]() }));
  if (policy === "flexible") return rows; // its last step is the check-in day itself
  const later = rows.length ? _("之后，到入住当天") : _("到入住当天");
  return [...rows, { when: later, what: SHARES[0]() }];
}

const CAUSES = {
  cancel: _("取消退款"),
  deposit: _("押金退还"),
  late: _("付款晚到，退回"),
  twice: _("重复付款，退回"),
};
const REFUND_STATES = {
  queued: { icon: "clock", name: _("正在退") },
  done: { icon: "check", name: _("已退回原账户") },
  failed: { icon: "alert", name: _("退款没成功，我们会处理") },
};

/** A refund in words. */
export const refundShown = ({ amount, cause, status }) => ({
  amount: formatYuan(amount),
  cause: CAUSES[cause] ?? cause,
  status,
  ...REFUND_STATES[status],
});

const unbroken = (text) => text.replaceAll(" ", "\u00a0");
const guestsText = (count) => (count === 1 ? _("1 位") : _("%(count)s 位", { count }));

/** The facts that every view of an order shows. */
export function factsOf(order) {
  return {
    stay: formatStay(order.start_date, order.end_date),
    nights: unbroken(formatNights(order.days)),
    guests: unbroken(guestsText(order.guests)),
    amount: formatYuan(order.amount),
    title: order.title ?? _("房源已删除"),
    other: order.role === "guest" ? _("房东：%(name)s", { name: order.user_name }) : _("房客：%(name)s", { name: order.user_name }),
  };
}
