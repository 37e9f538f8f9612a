// The home page: the carousel, the search, the newest houses.

import Swiper from "swiper";
import { A11y, Autoplay, Keyboard, Navigation, Pagination } from "swiper/modules";
import { ApiError, request } from "../api.js";
import { cardOf, skeletons } from "../cards.js";
import { _ } from "../i18n.js";
import { element } from "../render.js";
import { StayPicker } from "../staypicker.js";
import "../shell.js";
import retryTemplate from "../../../templates/parts/retry.art";

const NEWEST = 8;
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
    loop: place.querySelectorAll(".slide").length > 1,
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

/** The search goes out as an ordinary form; what was left open stays out of the address. */
function bindFinder(form) {
  const fields = form.elements;
  const picker = new StayPicker(document.getElementById("finder-dates"), document.getElementById("stay-sheet"), {
    changed: (stay) => {
      fields.sd.value = stay?.start ?? "";
      fields.ed.value = stay?.end ?? "";
    },
  });
  form.addEventListener("submit", () => {
    for (const field of fields) if (field.name) field.disabled = field.value === "";
  });
  window.addEventListener("pageshow", () => {
    for (const field of fields) field.disabled = false;
    picker.select(fields.sd.value ? { start: fields.sd.value, end: fields.ed.value } : null);
  });
}

async function loadNewest(place) {
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(...skeletons(NEWEST));
  try {
    const { houses } = await request("GET", "/houses?sk=new");
    place.replaceChildren(...houses.slice(0, NEWEST).map((house) => cardOf(house)));
    place.removeAttribute("aria-busy");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    place.replaceChildren();
    offerRetry(place, error.message);
  }
}

function offerRetry(place, message) {
  const trouble = element(retryTemplate, { message });
  place.after(trouble);
  trouble.querySelector("[data-retry]").addEventListener("click", () => {
    trouble.remove();
    loadNewest(place);
  });
}

startCarousel(document.getElementById("carousel"));
bindFinder(document.getElementById("finder"));
const newest = document.getElementById("newest-cards");
if (newest) loadNewest(newest);
