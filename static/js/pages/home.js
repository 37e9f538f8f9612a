// The home page: the carousel.

import Swiper from "swiper";
import { A11y, Autoplay, Keyboard, Navigation, Pagination } from "swiper/modules";
import { _ } from "../i18n.js";
import "../shell.js";

const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** The button that stops and starts the carousel, for whom moving pictures are too much. */
function bindPause(swiper, button) {
  const show = (moving) => {
    button.dataset.moving = String(moving);
    button.setAttribute("aria-label", moving ? _("暂停轮播") : _("播放轮播"));
  };
  const set = (moving) => {
    if (moving) swiper.autoplay.start();
    else swiper.autoplay.stop();
    show(moving);
  };
  button.addEventListener("click", () => set(button.dataset.moving !== "true"));
  still.addEventListener("change", () => set(!still.matches));
  set(!still.matches);
}

function startCarousel(place) {
  const swiper = new Swiper(place.querySelector(".swiper"), {
    modules: [A11y, Autoplay, Keyboard, Navigation, Pagination],
    loop: true,
    speed: still.matches ? 0 : 450,
    autoplay: { delay: 2000, disableOnInteraction: false, pauseOnMouseEnter: true },
    keyboard: { enabled: true },
    navigation: {
      prevEl: place.querySelector("[data-previous]"),
      nextEl: place.querySelector("[data-next]"),
      addIcons: false,
    },
    pagination: { el: place.querySelector(".carousel__count"), type: "fraction" },
    a11y: {
      prevSlideMessage: _("上一张"),
      nextSlideMessage: _("下一张"),
      slideLabelMessage: "{{index}} / {{slidesLength}}",
    },
  });
  const hold = () => swiper.autoplay.running && swiper.autoplay.pause();
  place.addEventListener("focusin", hold);
  place.addEventListener("focusout", () => swiper.autoplay.running && swiper.autoplay.resume());
  bindPause(swiper, place.querySelector("[data-pause]"));
}

startCarousel(document.getElementById("carousel"));
