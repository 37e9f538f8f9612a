// An order in a list.

import { pictureHtml } from "../pictures.js";
import { element } from "../render.js";
import cardTemplate from "../../../templates/orders/card.art";
import { buttonsOfCard } from "./buttons.js";
import { buttonsHtml, stepsHtml } from "./parts.js";
import { factsOf, leftOf, sentenceOf, statusShown } from "./words.js";

const SIZES = "(min-width: 640px) 220px, 112px";

/** The card of an order as GET /orders brings it. */
export function orderCard(order) {
  return element(cardTemplate, {
    order_id: order.order_id,
    address: `/order/${order.order_id}`,
    picture: order.image ? pictureHtml(order.image, { sizes: SIZES, names: ["card"] }) : "",
    status: statusShown(order.status),
    sentence: sentenceOf(order),
    reason: order.reason,
    until: leftOf(order),
    steps: stepsHtml(order),
    buttons: buttonsHtml(buttonsOfCard(order)),
    ...factsOf(order),
  });
}
