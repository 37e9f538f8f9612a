// House cards: a summary of a house as one link.

import { formatYuan } from "./money.js";
import { pictureHtml } from "./pictures.js";
import { element } from "./render.js";
import cardTemplate from "../../templates/houses/card.art";
import skeletonTemplate from "../../templates/houses/card-skeleton.art";

const CARD_WIDTHS = "(min-width: 1024px) 290px, (min-width: 640px) 45vw, calc(100vw - 32px)";

/** What the card's template shows of a house. `query` goes on to the house's page. */
export function cardValues(house, { query = "", eager = false } = {}) {
  const { average, count } = house.rating;
  return {
    title: house.title,
    address: `/house/${house.house_id}${query ? `?${query}` : ""}`,
    picture: house.image ? pictureHtml(house.image, { sizes: CARD_WIDTHS, eager, names: ["card", "gallery"] }) : "",
    stars: count ? average.toFixed(1) : "",
    count,
    facts: [house.area_name, house.unit, house.beds].join(" · "),
    price: formatYuan(house.price),
  };
}

export const cardOf = (house, options) => element(cardTemplate, cardValues(house, options));

/** Cards that hold the place of cards to come. */
export function skeletons(count) {
  return Array.from({ length: count }, () => element(skeletonTemplate, {}));
}
