// A house in its owner's list.

import { _ } from "../i18n.js";
import { formatYuan } from "../money.js";
import { pictureHtml } from "../pictures.js";
import { element } from "../render.js";
import ownedTemplate from "../../../templates/houses/owned.art";
import { statusShown } from "./status.js";

const SIZES = "(min-width: 640px) 240px, calc(100vw - 32px)";

const imagesText = (count) => (count === 1 ? _("1 张图片") : _("%(count)s 张图片", { count }));
const ordersText = (count) => (count === 1 ? _("1 次预订") : _("%(count)s 次预订", { count }));

/** The card of a house as GET /user/houses brings it. */
export function ownedCard(house) {
  return element(ownedTemplate, {
    house_id: house.house_id,
    title: house.title,
    address: `/house/${house.house_id}`,
    picture: house.image ? pictureHtml(house.image, { sizes: SIZES, names: ["card", "gallery"] }) : "",
    status: statusShown(house.status),
    facts: [house.area_name, house.unit, house.address].join(" · "),
    price: formatYuan(house.price),
    images: imagesText(house.image_count),
    orders: ordersText(house.order_count),
    missing: house.image_count === 0 ? _("上线前还需要至少一张图片") : "",
  });
}

/** The same shape out of GET /houses/<id>. */
export const summaryOf = (house) => ({ ...house, image: house.images[0] ?? null, image_count: house.images.length });
