// What a side does with its order: accept, reject, cancel, pay. Each resolves to the order as it is then, or null.

import { ApiError, request } from "../api.js";
import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";
import { policyShown } from "../pricelines.js";
import { toast } from "../toast.js";
import { askReason } from "./ask.js";
import { ownMove } from "./news.js";
import { statusShown } from "./words.js";

const DONE = {
  accept: () => _("已接单，等房客付款"),
  reject: () => _("已拒绝，房客会看到原因"),
  cancel: (order) => (order.refunds?.length ? _("已取消，正在退款") : _("订单已取消")),
};

export const readOrder = async (orderId) => (await request("GET", `/orders/${orderId}`)).order;

/** Something else happened first: what is true now, said and returned. */
async function explain(orderId) {
  const order = await readOrder(orderId);
  toast(_("订单刚有变化，现在是“%(status)s”", { status: statusShown(order.status).name }), "danger");
  return order;
}

/** Runs `work`; a refusal is said. A conflict, or an answer that never came, reads the order again. */
async function attempt(orderId, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    try {
      if (error.status === 409) return await explain(orderId);
      toast(error.message, "danger");
      return error.status === 0 || error.status >= 500 ? await readOrder(orderId) : null;
    } catch (again) {
      if (!(again instanceof ApiError)) throw again;
      if (error.status === 409) toast(again.message, "danger");
      return null;
    }
  }
}

async function step(order, action, reason = null) {
  const body = { action, version: order.version, ...(reason ? { reason } : {}) };
  return attempt(order.order_id, () =>
    ownMove(order.order_id, async () => {
      const { order: moved } = await request("PUT", `/orders/${order.order_id}/status`, { body });
      toast(DONE[action](moved), "positive");
      return moved;
    }),
  );
}

const accept = (order) => step(order, "accept");

async function reject(order) {
  const answer = await askReason({
    title: _("拒绝这个订单？"),
    text: _("房客会看到原因；这几晚会重新开放。"),
    label: _("原因"),
    reasons: [_("这几天自己要用"), _("房子在维修"), _("人数不合适"), _("已经答应了别人")],
    required: true,
    agree: _("拒绝订单"),
    decline: _("再想想"),
  });
  return answer && step(order, "reject", answer.reason);
}

function cancelWords(order) {
  if (order.status !== "PAID") return { text: _("还没有付款，取消不收费。"), facts: [] };
  const whole = order.refund_now === order.amount;
  const facts = [
    { label: _("已付"), value: formatYuan(order.amount) },
    { label: order.role === "guest" ? _("现在取消，退回") : _("退给房客"), value: formatYuan(order.refund_now ?? 0), total: true },
  ];
  if (order.role === "host") return { text: _("房东取消，房客的钱会全部退回。"), facts };
  const { name, refund } = policyShown(order.cancellation);
  if (whole) return { text: _("现在取消，付的钱全部退回原账户。"), facts };
  return { text: _("取消政策“%(name)s”：%(refund)s押金和清洁费全退。", { name, refund }), facts };
}

/** Shows what comes back as it is now, not as the page read it a while ago. */
async function cancel(shown) {
  const order = await attempt(shown.order_id, () => readOrder(shown.order_id));
  if (order === null || !order.actions.includes("cancel")) return order;
  const answer = await askReason({
    title: _("取消这个订单？"),
    ...cancelWords(order),
    label: _("原因（可以不写）"),
    agree: _("取消订单"),
    decline: _("留着"),
  });
  return answer && step(order, "cancel", answer.reason);
}

/** Goes to the cashier. */
function pay(order) {
  return attempt(order.order_id, async () => {
    const { pay_url: address } = await request("POST", `/orders/${order.order_id}/payment`, { body: {} });
    location.assign(address);
    return null;
  });
}

const MOVES = { accept, reject, cancel, pay };

/** Takes a move by the name that `actions` gives it. */
export const take = (action, order) => MOVES[action](order);
