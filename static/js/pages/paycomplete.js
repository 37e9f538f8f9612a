// After the cashier: what is true about the payment, as soon as it is known. A browser that came back proves nothing.

import { ApiError } from "../api.js";
import { whileBusy } from "../busy.js";
import { _ } from "../i18n.js";
import { onConnected } from "../orders/connected.js";
import { readOrder, take } from "../orders/moves.js";
import { paint } from "../orders/view.js";
import { factsOf, refundShown } from "../orders/words.js";
import { html } from "../render.js";
import { live } from "../shell.js";
import paidTemplate from "../../../templates/orders/paid.art";

const PATIENCE_MS = 12_000; // from then on the page says that nothing came yet, and still looks
const QUICK_MS = 1500;
const SLOW_MS = 5000;
const LONGEST_MS = 15 * 60_000;
const PAID = ["PAID", "WAIT_COMMENT", "COMPLETE"];

const place = document.getElementById("paid");
const began = Date.now();
let order = JSON.parse(document.getElementById("order-sent").textContent);

const SHOWN = {
  waiting: { title: _("正在确认付款"), text: _("等支付平台的通知，一般几秒钟。不要重复付款。") },
  paid: { icon: "check", title: _("付款成功"), text: _("这几晚是你的了，房东也已经知道。") },
  unpaid: {
    icon: "clock",
    title: _("还没有收到付款"),
    text: _("刚付完的话请稍等，收到后这里会自己更新。没有付成，可以再付一次。"),
  },
  over: { icon: "alert", title: _("订单已经取消"), text: _("没有付款就不用管。付了的话，钱会自动退回原账户。") },
  open: { icon: "clock", title: _("还不用付款"), text: _("房东接单以后才付款。") },
};

function stateNow() {
  if (PAID.includes(order.status)) return "paid";
  if (order.status === "WAIT_ACCEPT") return "open";
  if (order.status !== "WAIT_PAYMENT") return "over";
  return Date.now() - began < PATIENCE_MS ? "waiting" : "unpaid";
}

function show() {
  const state = stateNow();
  const text = html(paidTemplate, {
    state,
    ...SHOWN[state],
    order_id: order.order_id,
    facts: factsOf(order),
    refunds: order.refunds.map(refundShown),
    mayPay: state === "unpaid" && order.actions.includes("pay"),
  });
  paint(place, text, document.getElementById("main"));
}

async function refresh() {
  try {
    const read = await readOrder(order.order_id);
    if (read.version >= order.version) order = read;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // asked again soon
  }
  show();
}

const isOpen = () => ["waiting", "unpaid"].includes(stateNow()) || order.refunds.some(({ status }) => status === "queued");

/** Asks as long as something is open, less often after a while; the live channel may be quicker. */
async function keepAsking() {
  while (isOpen() && Date.now() - began < LONGEST_MS) {
    await new Promise((resolve) => setTimeout(resolve, Date.now() - began < PATIENCE_MS ? QUICK_MS : SLOW_MS));
    await refresh();
  }
}

place.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-action]");
  if (button) whileBusy(button, async () => (await take("pay", order)) && refresh());
});
live.addEventListener("order", ({ detail }) => detail.order_id === order.order_id && refresh());
onConnected(refresh);
show();
keepAsking();
