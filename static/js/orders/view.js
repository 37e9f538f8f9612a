// The page of one order in its parts. A part changes only when what it shows does: what is typed or focused stays.

import { timeOf } from "../clock.js";
import { formatWeekday } from "../dates.js";
import { _, formatMoment } from "../i18n.js";
import { formatYuan } from "../money.js";
import { pictureHtml } from "../pictures.js";
import { policyShown, shownLines } from "../pricelines.js";
import { html } from "../render.js";
import factsTemplate from "../../../templates/orders/facts.art";
import headTemplate from "../../../templates/orders/head.art";
import moneyTemplate from "../../../templates/orders/money.art";
import timelineTemplate from "../../../templates/orders/timeline.art";
import { buttonsOfPage } from "./buttons.js";
import { buttonsHtml, stepsHtml } from "./parts.js";
import { eventShown, factsOf, leftOf, refundDates, refundShown, sentenceOf, statusShown } from "./words.js";

const SIZES = "(min-width: 640px) 160px, 112px";

const headHtml = (order) =>
  html(headTemplate, {
    status: statusShown(order.status),
    number: order.number,
    sentence: sentenceOf(order),
    until: leftOf(order),
    reason: order.reason,
    steps: stepsHtml(order),
    buttons: buttonsHtml(buttonsOfPage(order)),
  });

/** Area and address; many addresses begin with their area. */
function placeOf({ area_name: area, address }) {
  if (!area || address.startsWith(area)) return address ?? "";
  return `${area} · ${address}`;
}

const factsHtml = (order) =>
  html(factsTemplate, {
    ...factsOf(order),
    house_id: order.house_id,
    gone: order.title === null,
    picture: order.image ? pictureHtml(order.image, { sizes: SIZES, eager: true, names: ["card"] }) : "",
    place: placeOf(order),
    start: formatWeekday(order.start_date),
    end: formatWeekday(order.end_date),
    avatar: order.user_avatar ?? document.body.dataset.avatar,
  });

function refundNowText(order) {
  if (order.refund_now === null || !order.actions.includes("cancel")) return "";
  const amount = formatYuan(order.refund_now);
  return order.role === "guest" ? _("现在取消，退回 %(amount)s。", { amount }) : _("现在取消，房客会收到 %(amount)s。", { amount });
}

const isOpen = (order) => ["WAIT_ACCEPT", "WAIT_PAYMENT", "PAID"].includes(order.status);

const moneyHtml = (order) =>
  html(moneyTemplate, {
    lines: shownLines(order.lines),
    total: formatYuan(order.amount),
    refunds: (order.refunds ?? []).map(refundShown),
    policy: policyShown(order.cancellation),
    dates: isOpen(order) ? refundDates(order.cancellation, order.start_date) : [],
    refundNow: refundNowText(order),
  });

const timelineHtml = (order) =>
  html(timelineTemplate, {
    events: [...(order.events ?? [])].reverse().map((entry) => ({
      ...eventShown(entry, order.role),
      event: entry.event,
      note: entry.note,
      at: formatMoment(entry.at),
      iso: new Date(timeOf(entry.at)).toISOString(),
    })),
  });

/** The parts by the id of their place. */
export const PARTS = {
  "order-head": headHtml,
  "order-facts": factsHtml,
  "order-money": moneyHtml,
  "order-timeline": timelineHtml,
};

/** Shows HTML in a place unless it is there already; true when it changed. A focus that is lost goes to `fallback`. */
export function paint(place, text, fallback) {
  if (place.painted === text) return false;
  const held = place.contains(document.activeElement);
  place.painted = text;
  place.innerHTML = text;
  if (held) fallback.focus({ preventScroll: true });
  return true;
}
