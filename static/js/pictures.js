// House pictures: which sizes there are, with the tiny preview underneath until one has arrived.

import { html } from "./render.js";
import pictureTemplate from "../../templates/houses/picture.art";

const SIZES = ["card", "gallery", "full"];

/** The sizes of a picture in one format as a srcset; without variants (still being made) there is none. */
export function sourceSet(photo, format, names = SIZES) {
  if (!photo.variants) return "";
  return names
    .map((name) => photo.variants[name])
    .filter((variant) => variant?.[format])
    .filter((variant, index, all) => all.findIndex((other) => other.width === variant.width) === index)
    .map((variant) => `${variant[format]} ${variant.width}w`)
    .join(", ");
}

/** The address for browsers that know no srcset; the original while the sizes are being made. */
export function plainSource(photo) {
  return photo.variants?.gallery?.jpeg ?? photo.variants?.card?.jpeg ?? photo.url;
}

/** The HTML of a picture. `sizes` as in the attribute; `eager` for what is seen first. */
export function pictureHtml(photo, { sizes, alt = "", eager = false, names = SIZES }) {
  return html(pictureTemplate, {
    preview: photo.preview,
    webp: sourceSet(photo, "webp", names),
    jpeg: sourceSet(photo, "jpeg", names),
    source: plainSource(photo),
    width: photo.width,
    height: photo.height,
    sizes,
    alt,
    eager,
  });
}
