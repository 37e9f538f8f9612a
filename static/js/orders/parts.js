// Pieces that cards and the order's page share, as HTML.

import { html } from "../render.js";
import buttonsTemplate from "../../../templates/orders/buttons.art";
import stepsTemplate from "../../../templates/orders/steps.art";
import { stepsOf } from "./words.js";

/** How far an order is; empty for one that was cancelled or rejected. */
export function stepsHtml(order) {
  const steps = stepsOf(order);
  return steps.length ? html(stepsTemplate, { steps }) : "";
}

export const buttonsHtml = (buttons) => (buttons.length ? html(buttonsTemplate, { buttons }) : "");
