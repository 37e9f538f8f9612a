// The pictures of a house on its edit page: upload, order by drag or by buttons, delete, and each one's state.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { confirm } from "../dialog.js";
import { _ } from "../i18n.js";
import { pictureHtml } from "../pictures.js";
import { html } from "../render.js";
import { toast } from "../toast.js";
import shotTemplate from "../../../templates/houses/shot.art";
import { makeSortable } from "./dragging.js";
import { Uploads } from "./uploads.js";

const MAX_PHOTOS = 20;
const SIZES = "(min-width: 640px) 220px, 45vw";
const TOOLS = ["data-earlier", "data-later", "data-delete"];

export class Gallery {
  /** `changed(count)` hears how many pictures there are; `reload()` reads the house anew and calls `show`. */
  constructor(root, { houseId, live, changed, reload }) {
    Object.assign(this, { root, houseId, live, changed, reload });
    this.photos = [];
    this.reasons = new Map(); // image id → why it has no sizes
    this.list = root.querySelector("[data-shots]");
    this.said = root.querySelector("[data-said]");
    this.input = root.querySelector("[type=file]");
    this.complaint = document.getElementById("house_image-error");
    this.uploads = new Uploads(this.list, {
      path: `/houses/${houseId}/images`,
      arrived: (photo) => this.#arrived(photo),
      changed: () => this.#count(),
    });
    this.#listen();
  }

  /** The pictures as the server has them; while the visitor's own order is on its way, that one stays. */
  show(photos) {
    if (this.saving) return;
    for (const old of this.list.querySelectorAll(".shot--waiting")) old.remove();
    this.list.removeAttribute("aria-busy");
    this.photos = photos;
    this.#render();
  }

  #listen() {
    this.input.addEventListener("change", () => {
      this.#take([...this.input.files]);
      this.input.value = "";
    });
    this.list.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      const shot = target.closest("[data-image]");
      if (button && shot) this.#press(button, Number(shot.dataset.image));
    });
    makeSortable(this.list, {
      selector: "[data-image]",
      grip: "[data-grip]",
      surface: ".shot__picture",
      dropped: (from, to) => this.#move(this.photos[from].image_id, to),
    });
    this.#listenToDrops(this.root.querySelector("[data-drop]"));
  }

  /** Files from outside may be let go anywhere over the field. */
  #listenToDrops(field) {
    const over = (event) => {
      event.preventDefault();
      field.classList.toggle("is-over", event.type === "dragover");
    };
    field.addEventListener("dragover", over);
    field.addEventListener("dragleave", over);
    field.addEventListener("drop", (event) => {
      over(event);
      this.#take([...event.dataTransfer.files]);
    });
  }

  #take(files) {
    const room = MAX_PHOTOS - this.photos.length - this.uploads.count;
    this.complaint.textContent = files.length > room ? _("每个房源最多 20 张图片，多出来的没有上传") : "";
    for (const file of files.slice(0, Math.max(0, room))) this.uploads.add(file);
  }

  #arrived(photo) {
    if (!this.photos.some(({ image_id: known }) => known === photo.image_id)) this.photos.push(photo);
    this.#render();
    this.#say(_("第 %(position)s 张图片已上传", { position: this.photos.length }));
    if (photo.task_id) this.live.watch(photo.task_id, (report) => this.#hear(photo.image_id, report));
  }

  /** What becomes of a picture's sizes. */
  #hear(imageId, { state, detail }) {
    if (state === "failed" && detail) this.reasons.set(imageId, detail);
    if (state === "sent" || state === "failed") this.reload();
  }

  // --- what is shown ---

  #render() {
    const focused = this.#focused();
    this.photos.forEach((photo, index) => this.#place(photo, index));
    for (const shot of this.list.querySelectorAll("[data-image]")) {
      if (!this.photos.some(({ image_id: id }) => id === Number(shot.dataset.image))) shot.remove();
    }
    this.#count();
    if (focused) this.#focus(...focused);
  }

  /** Brings one tile up to date and to its place; a tile that shows what it should is left alone. */
  #place(photo, index) {
    const values = this.#valuesOf(photo, index);
    const looks = JSON.stringify(values);
    const shot = this.list.querySelector(`[data-image="${photo.image_id}"]`) ?? document.createElement("li");
    if (shot.looks !== looks) {
      shot.className = "shot";
      shot.dataset.image = photo.image_id;
      shot.dataset.state = photo.state;
      shot.innerHTML = html(shotTemplate, values);
      shot.looks = looks;
    }
    const there = this.list.children[index];
    if (there !== shot) this.list.insertBefore(shot, there ?? null);
  }

  #valuesOf(photo, index) {
    const alt = _("房源图片，第 %(position)s 张", { position: index + 1 });
    return {
      picture: pictureHtml(photo, { sizes: SIZES, names: ["card"], alt }),
      cover: index === 0,
      position: index + 1,
      isFirst: index === 0,
      isLast: index === this.photos.length - 1,
      state: photo.state,
      reason: this.reasons.get(photo.image_id) ?? _("没有生成各种尺寸，显示原图"),
    };
  }

  #count() {
    this.root.querySelector("[data-count]").textContent = `${this.photos.length} / ${MAX_PHOTOS}`;
    this.root.classList.toggle("is-empty", this.photos.length + this.uploads.count === 0);
    this.changed(this.photos.length);
  }

  /** The picture and the tool that have the focus. */
  #focused() {
    const shot = document.activeElement?.closest("[data-image]");
    const tool = TOOLS.find((name) => document.activeElement?.hasAttribute(name));
    return shot && tool ? [Number(shot.dataset.image), tool] : null;
  }

  #focus(imageId, tool) {
    this.list.querySelector(`[data-image="${imageId}"] [${tool}]`)?.focus({ preventScroll: true });
  }

  #say(sentence) {
    this.said.textContent = sentence;
  }

  // --- what the visitor does ---

  #press(button, imageId) {
    const index = this.photos.findIndex((photo) => photo.image_id === imageId);
    if (button.hasAttribute("data-delete")) this.#delete(button, imageId, index);
    else if (button.getAttribute("aria-disabled") === "true") return;
    else this.#move(imageId, index + (button.hasAttribute("data-earlier") ? -1 : 1));
  }

  #move(imageId, to) {
    const photo = this.photos.find((one) => one.image_id === imageId);
    const others = this.photos.filter((one) => one !== photo);
    this.photos = [...others.slice(0, to), photo, ...others.slice(to)];
    this.#render();
    const place = _("现在是第 %(position)s 张，共 %(count)s 张", { position: to + 1, count: this.photos.length });
    this.#say(to === 0 ? `${place}${_("，")}${_("封面")}` : place);
    this.#saveOrder();
  }

  /** Sends the newest order; moves made meanwhile go in one next request. */
  async #saveOrder() {
    this.unsaved = true;
    if (this.saving) return;
    this.saving = true;
    try {
      while (this.unsaved) {
        this.unsaved = false;
        const body = { image_ids: this.photos.map((photo) => photo.image_id) };
        await request("PUT", `/houses/${this.houseId}/images/order`, { body });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.unsaved = false;
      toast(error.message, "danger");
    } finally {
      this.saving = false;
    }
    this.reload();
  }

  async #delete(button, imageId, index) {
    const sure = await confirm({
      title: _("删除第 %(position)s 张图片？", { position: index + 1 }),
      text: index === 0 && this.photos.length > 1 ? _("它是封面，删除后下一张成为封面。") : _("删除后不能找回。"),
      agree: _("删除"),
      decline: _("留着"),
      dangerous: true,
    });
    if (!sure) return;
    try {
      const path = `/houses/${this.houseId}/images/${imageId}`;
      const { images } = await whileBusy(button, () => request("DELETE", path));
      this.show(images);
      this.#say(_("已删除，还有 %(count)s 张", { count: images.length }));
      const near = this.photos[Math.min(index, this.photos.length - 1)];
      if (near) this.#focus(near.image_id, "data-delete");
      else this.input.focus();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast(error.message, "danger");
      if (error.status === 404) this.reload();
    }
  }
}
