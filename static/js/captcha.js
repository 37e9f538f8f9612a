// The picture with characters to read: the page names it, and asks for a new one after every attempt.

/** A random version 4 UUID; crypto.randomUUID is missing on plain http. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

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
    this.id = uuid();
    this.input.value = "";
    this.#show("loading");
    this.image.src = `/api/v1_0/image_codes/${this.id}`;
  }

  #show(state) {
    this.box.dataset.state = state;
  }
}
