// A house's pictures: one large with four beside it, on phones one after the other.

import Swiper from "swiper";
import { A11y, Pagination } from "swiper/modules";
import { openViewer } from "./viewer.js";

const PHONE = window.matchMedia("(max-width: 639.98px)");

export function bindGallery(place) {
  const slides = [...place.querySelectorAll(".gallery__slide")];
  let swiper = null;

  const adapt = () => {
    swiper?.destroy(true, true);
    swiper = PHONE.matches && slides.length > 1 ? startSwiper(place) : null;
  };
  const open = (index) => {
    const pictures = slides.map((slide) => slide.querySelector("picture"));
    openViewer(pictures, index, (last) => {
      swiper?.slideTo(last, 0);
      slides[Math.min(last, slides.length - 1)].focus({ preventScroll: true });
    });
  };

  slides.forEach((slide, index) => slide.addEventListener("click", () => open(index)));
  place.querySelector("[data-all]")?.addEventListener("click", () => open(0));
  PHONE.addEventListener("change", adapt);
  adapt();
}

function startSwiper(place) {
  return new Swiper(place.querySelector(".swiper"), {
    modules: [A11y, Pagination],
    pagination: { el: place.querySelector(".gallery__count"), type: "fraction" },
    a11y: { slideLabelMessage: "", slideRole: "", scrollOnFocus: true },
  });
}
