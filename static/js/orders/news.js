// What happens to the user's orders, on every page: how many wait for the host, and a toast for what others did.

import { ApiError, request } from "../api.js";
import { _ } from "../i18n.js";
import { toast } from "../toast.js";

const WAITING = "/orders?role=host&status=WAIT_ACCEPT";
const PAUSE_MS = 250;
const FIRST_LOOK_MS = 3000;

const NEWS = {
  host: {
    place: (order) => (order.status === "WAIT_ACCEPT" ? _("有新订单，等你接单") : _("有新订单，等房客付款")),
    pay: () => _("房客已付款"),
    cancel: () => _("有订单取消了"),
    expire: () => _("有订单过时取消了"),
    comment: () => _("房客写了评价"),
  },
  guest: {
    accept: () => _("房东已接单，请尽快付款"),
    reject: () => _("房东拒绝了订单"),
    cancel: () => _("订单已取消"),
    expire: () => _("订单过时，已自动取消"),
    pay: () => _("付款成功"),
    check_out: () => _("住得怎么样？可以写评价了"),
    reply: () => _("房东回复了你的评价"),
  },
};
const PLAIN = new Set(["reject", "cancel", "expire"]);

const acting = new Map(); // order id → what this page is doing with it
const made = new Map(); // order id → the version that this page made

/** Runs what this page itself does with an order, so that no toast tells the visitor about it. */
export async function ownMove(orderId, work) {
  const whole = (async () => {
    const order = await work();
    if (order) made.set(orderId, order.version);
    return order;
  })();
  const settled = whole.catch(() => null);
  acting.set(orderId, settled);
  try {
    return await whole;
  } finally {
    if (acting.get(orderId) === settled) acting.delete(orderId);
  }
}

async function tell(event) {
  await acting.get(event.order_id);
  if ((made.get(event.order_id) ?? 0) >= event.version) return;
  const sentence = NEWS[event.role]?.[event.event]?.(event);
  if (!sentence) return;
  if (event.event === "pay" && document.body.dataset.page === "paycomplete") return; // the page says it itself
  const here = location.pathname === `/order/${event.order_id}`;
  const link = here ? null : { address: `/order/${event.order_id}`, label: _("看订单") };
  toast(sentence, PLAIN.has(event.event) ? "plain" : "positive", link);
}

/** Shows how many orders wait for the host, wherever a page says it. */
export function showWaiting(count) {
  for (const badge of document.querySelectorAll("[data-waiting]")) {
    badge.hidden = count === 0;
    badge.querySelector("[data-waiting-count]").textContent = count > 99 ? "99+" : String(count);
  }
  for (const tab of document.querySelectorAll("[data-orders-tab]")) {
    tab.href = count ? "/lorders.html?status=waiting" : "/orders.html";
  }
}

let pause = null;

function count() {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    try {
      showWaiting((await request("GET", WAITING, { stay: true })).waiting);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the next change asks again
    }
  }, PAUSE_MS);
}

/** Listens on the page's live channel. What came while it was away is counted as soon as it is back. */
export function followNews(channel) {
  channel.addEventListener("order", ({ detail }) => {
    tell(detail);
    if (detail.role === "host") count();
  });
  channel.addEventListener("state", ({ detail }) => detail !== "reconnecting" && count());
  setTimeout(() => pause === null && count(), FIRST_LOOK_MS);
}
