// The picture with characters to read: the page names it, and asks for a new one after every attempt.

import { newUuid } from "./uuid.js";

export class Captcha {
  constructor(form) {
    this.box = form.querySelector("[data-captcha]");
    this.image = this.box.querySelector("#captcha");
    this.input = form.elements.namedItem("image_code");
    this.id = null;
    this.box.querySelector("[data-captcha-change]").addEventListener("click", () => {
      this.change();
      this.input.focus();
    });
    this.image.addEventListener("load", () => this.#show("shown"));
    this.image.addEventListener("error", () => this.#show("failed"));
  }

  /** A new picture; what was typed belonged to the old one. */
  change() {
    this.id = newUuid();
    this.input.value = "";
    this.#show("loading");
    this.image.src = `/api/v1_0/image_codes/${this.id}`;
  }

  #show(state) {
    this.box.dataset.state = state;
  }
}
