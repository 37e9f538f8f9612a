// The pictures of a house one by one over the whole screen: arrow keys, swipes, Escape.

import Swiper from "swiper";
import { A11y, Keyboard, Navigation, Pagination } from "swiper/modules";
import { _ } from "../i18n.js";
import { element } from "../render.js";
import viewerTemplate from "../../../templates/houses/viewer.art";

const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** A slide with the same sources as a picture of the page, as large as the screen takes. */
function slideOf(picture) {
  const slide = document.createElement("div");
  slide.className = "swiper-slide viewer__slide";
  const copy = picture.cloneNode(true);
  for (const part of copy.querySelectorAll("[sizes]")) part.setAttribute("sizes", "100vw");
  slide.append(copy);
  return slide;
}

/** Shows `pictures` (picture elements) from the one at `index`; `closed(index)` hears where it ended. */
export function openViewer(pictures, index, closed) {
  const dialog = element(viewerTemplate, {});
  dialog.querySelector(".swiper-wrapper").append(...pictures.map(slideOf));
  document.body.append(dialog);
  dialog.showModal();
  const swiper = new Swiper(dialog.querySelector(".swiper"), {
    modules: [A11y, Keyboard, Navigation, Pagination],
    initialSlide: index,
    speed: still.matches ? 0 : 300,
    keyboard: { enabled: true, onlyInViewport: false },
    navigation: {
      prevEl: dialog.querySelector("[data-previous]"),
      nextEl: dialog.querySelector("[data-next]"),
      addIcons: false,
    },
    pagination: { el: dialog.querySelector(".viewer__count"), type: "fraction" },
    a11y: {
      prevSlideMessage: _("上一张"),
      nextSlideMessage: _("下一张"),
      slideLabelMessage: "{{index}} / {{slidesLength}}",
    },
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    const last = swiper.activeIndex;
    swiper.destroy(true, false);
    dialog.remove();
    closed(last);
  });
}
