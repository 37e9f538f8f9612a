// One order, for its guest or host: what it is, how it went, and what can be done now. Changes show by themselves.

import { ApiError } from "../api.js";
import { whileBusy } from "../busy.js";
import { _ } from "../i18n.js";
import { onConnected } from "../orders/connected.js";
import { readOrder, take } from "../orders/moves.js";
import { bindReviewing, reviewHtml } from "../orders/reviewing.js";
import { keepTicking, showTimes } from "../orders/ticks.js";
import { PARTS, paint } from "../orders/view.js";
import { statusShown } from "../orders/words.js";
import { live } from "../shell.js";

const OVER_MS = 2500; // the server sweeps what is over now and then

const root = document.getElementById("order");
const title = document.getElementById("order-title");
const review = document.getElementById("order-review");
const said = document.getElementById("order-said");
let order = JSON.parse(document.getElementById("order-sent").textContent);
let asked = 0; // readings are numbered as they are asked for: one that comes after a later one is dropped
let taken = 0;

function paintReview() {
  const text = reviewHtml(order);
  review.hidden = text === "";
  if (paint(review, text, title)) bindReviewing(review, order, () => refresh());
}

function show() {
  for (const [id, part] of Object.entries(PARTS)) paint(document.getElementById(id), part(order), title);
  paintReview();
  showTimes(root);
  delete root.dataset.waiting;
}

/** Takes a reading over; one that is older than what is shown changes nothing. */
function reach(read) {
  if (read.version < order.version) return;
  const changed = read.status !== order.status;
  order = { ...order, ...read };
  show();
  if (changed) said.textContent = _("订单现在是“%(status)s”", { status: statusShown(order.status).name });
}

async function refresh() {
  const number = (asked += 1);
  try {
    const read = await readOrder(order.order_id);
    if (number < taken) return;
    taken = number;
    reach(read);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the next change, or the next connection, asks again
  }
}

root.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-action]");
  if (!button) return;
  whileBusy(button, async () => {
    if (await take(button.dataset.action, order)) await refresh();
  });
});
live.addEventListener("order", ({ detail }) => {
  if (detail.order_id !== order.order_id) return;
  if (detail.event === "refund" || detail.version > order.version) refresh(); // the end of a refund makes no version
});
onConnected(refresh);
show();
keepTicking(root, () => setTimeout(refresh, OVER_MS));
if (location.hash === "#review" && !review.hidden) review.scrollIntoView({ block: "start" });
