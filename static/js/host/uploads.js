// Pictures on their way: two at a time, each with its own progress; what failed says why and can be tried again.

import { ApiError } from "../api.js";
import { _ } from "../i18n.js";
import { element } from "../render.js";
import { complaintAbout, upload } from "../upload.js";
import uploadTemplate from "../../../templates/houses/upload.art";
import { Queue } from "./queue.js";

const AT_A_TIME = 2;
const FIELD = "house_image";

/** Whether the same file may go through next time. */
const isPassing = ({ status }) => status === 0 || status === 408 || status === 429 || status >= 500;

/** An empty form for jquery.form; the file goes in the FormData. */
function emptyForm() {
  const form = document.createElement("form");
  form.method = "post";
  form.enctype = "multipart/form-data";
  return form;
}

export class Uploads {
  /** `arrived(photo)` hears each picture that the server has; `changed()` every other step. */
  constructor(list, { path, arrived, changed }) {
    Object.assign(this, { list, path, arrived, changed });
    this.queue = new Queue(AT_A_TIME, (item) => this.#send(item));
    this.items = new Set();
  }

  /** How many are waiting, on their way, or failed. */
  get count() {
    return this.items.size;
  }

  add(file) {
    const preview = URL.createObjectURL(file);
    const place = element(uploadTemplate, { name: file.name, preview });
    const item = { file, place, preview };
    place.querySelector("img").addEventListener("error", ({ target }) => (target.hidden = true));
    place.querySelector("[data-retry]").addEventListener("click", () => this.#start(item));
    place.querySelector("[data-remove]").addEventListener("click", () => this.#remove(item));
    this.items.add(item);
    this.list.append(place);
    const complaint = complaintAbout(file);
    if (complaint) this.#fail(item, complaint, false);
    else this.#start(item);
  }

  #start(item) {
    this.#show(item, "");
    this.#progress(item, null);
    this.queue.add(item);
    this.changed();
  }

  async #send(item) {
    const content = new FormData();
    content.append(FIELD, item.file, item.file.name);
    this.#progress(item, 0);
    try {
      const progress = (percent) => this.#progress(item, percent);
      const { image } = await upload(emptyForm(), { path: this.path, content, progress });
      this.#remove(item);
      this.arrived(image);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#fail(item, error.fieldMessage(FIELD) ?? error.message, isPassing(error));
    }
  }

  #progress({ place }, percent) {
    place.querySelector("progress").value = percent ?? 0;
    const text = percent === null ? _("等待上传") : percent < 100 ? `${percent}%` : _("正在检查图片");
    place.querySelector("[data-percent]").textContent = text;
  }

  #fail(item, message, again) {
    this.#show(item, message);
    item.place.querySelector("[data-retry]").hidden = !again;
    this.changed();
  }

  /** Either on its way, or with what went wrong. */
  #show({ place }, message) {
    place.classList.toggle("shot--failed", message !== "");
    place.querySelector(".shot__running").hidden = message !== "";
    place.querySelector(".shot__retry").hidden = message === "";
    place.querySelector("[data-error]").textContent = message;
  }

  #remove(item) {
    const focused = item.place.contains(document.activeElement);
    this.queue.remove(item);
    this.items.delete(item);
    item.place.remove();
    URL.revokeObjectURL(item.preview);
    if (focused) document.getElementById(FIELD)?.focus();
    this.changed();
  }
}
