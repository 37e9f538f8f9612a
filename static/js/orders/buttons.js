// What a side can do with an order, as buttons: at most one of them is the accent.

import { _ } from "../i18n.js";

const BUTTONS = {
  pay: { label: _("去付款"), look: "accent" },
  accept: { label: _("接单"), look: "accent" },
  reject: { label: _("拒绝"), look: "plain" },
  cancel: { label: _("取消订单"), look: "quiet" },
};
const FORMS = {
  comment: { label: _("写评价"), look: "accent", anchor: "review" },
  reply: { label: _("回复评价"), look: "accent", anchor: "review" },
};

const moves = (order) =>
  order.actions.filter((action) => action in BUTTONS).map((action) => ({ action, ...BUTTONS[action] }));

/** On the order's own page: its forms stand there already. */
export function buttonsOfPage(order) {
  return [...moves(order), ...again(order)];
}

/** On a card: what has a form leads to it. */
export function buttonsOfCard(order) {
  const forms = order.actions
    .filter((action) => action in FORMS)
    .map((action) => ({ ...FORMS[action], href: `/order/${order.order_id}#${FORMS[action].anchor}` }));
  return [...moves(order), ...forms, ...again(order)];
}

function again(order) {
  const over = ["CANCELED", "REJECTED", "COMPLETE"].includes(order.status);
  if (!over || order.role !== "guest" || order.title === null) return [];
  return [{ label: _("再看看这个房源"), look: "plain", href: `/house/${order.house_id}` }];
}
