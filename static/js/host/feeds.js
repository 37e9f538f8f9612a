// The calendars that a house imports: a list that follows by itself, and the form that adds and changes one.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { secondsUntil } from "../clock.js";
import { confirm } from "../dialog.js";
import { bindForm, clearErrors } from "../forms.js";
import { _ } from "../i18n.js";
import { isFinal } from "../live.js";
import { html, renderInto } from "../render.js";
import { toast } from "../toast.js";
import { upload } from "../upload.js";
import { newUuid } from "../uuid.js";
import feedsTemplate from "../../../templates/houses/feeds.art";
import retryTemplate from "../../../templates/parts/retry.art";
import { feedShown, reasonOf } from "./feedwords.js";

const MAX_BYTES = 1024 * 1024;
const TOGETHER_MS = 120; // several events at once are one reading
const LATE_SECONDS = 20; // a calendar was surely read so long after its time
const FEWEST_SECONDS = 60;
const FIELDS = { url: "url", file: "calendar" };

export class Feeds {
  constructor(houseId, live) {
    this.path = `/houses/${houseId}/calendars`;
    this.live = live;
    this.place = document.getElementById("feeds");
    this.form = document.getElementById("feed-form");
    this.opener = document.getElementById("new-feed");
    this.feeds = new Map();
    this.edited = null; // the id of the calendar that the form changes
    this.attempt = null; // what was sent and has no answer yet: sent again, it adds no second calendar
    this.timers = {};
    this.#listen(houseId);
    this.read();
  }

  /** Reads the list; the first time a failure is shown with a way to try again. */
  async read() {
    try {
      const { calendars } = await request("GET", this.path);
      this.feeds = new Map(calendars.map((feed) => [feed.calendar_id, feed]));
      this.#show();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.place.hasAttribute("aria-busy")) this.#showRetry(error.message);
    }
  }

  #showRetry(message) {
    renderInto(this.place, retryTemplate, { message });
    this.place.querySelector("[data-retry]").addEventListener("click", () => {
      this.place.setAttribute("aria-busy", "true");
      this.read();
    });
  }

  /** Shows the list, unless it looks the same already; the focus stays where it was. */
  #show() {
    const feeds = [...this.feeds.values()].map(feedShown);
    const shown = html(feedsTemplate, { feeds });
    if (shown !== this.shown) {
      const focused = this.place.contains(document.activeElement) ? document.activeElement.id : "";
      this.place.innerHTML = shown;
      this.shown = shown;
      document.getElementById(focused)?.focus();
    }
    this.place.removeAttribute("aria-busy");
    this.#later("next", this.#secondsUntilNext() * 1000);
  }

  /** A reading that changes nothing is not told: the list is read when the next one is over. */
  #secondsUntilNext() {
    const waits = [...this.feeds.values()].map(({ next_at: next }) => (next ? secondsUntil(next) : Number.POSITIVE_INFINITY));
    return Math.min(Math.max(Math.min(...waits) + LATE_SECONDS, FEWEST_SECONDS), 3600);
  }

  #later(name, milliseconds) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => this.read(), milliseconds);
  }

  #listen(houseId) {
    this.live.addEventListener("calendar", ({ detail }) => {
      if (detail.house_id === houseId) this.#later("heard", TOGETHER_MS);
    });
    this.live.addEventListener("order", ({ detail }) => {
      if (detail.house_id === houseId) this.#later("heard", TOGETHER_MS);
    });
    this.place.addEventListener("click", ({ target }) => this.#act(target.closest("button")));
    this.opener.addEventListener("click", () => this.#open(this.form.hidden ? null : undefined));
    document.getElementById("no-feed").addEventListener("click", () => this.#open());
    this.form.addEventListener("change", ({ target }) => target.name === "from" && this.#chooseFrom(target.value));
    bindForm(this.form, { check: (fields) => this.#check(fields), submit: (fields) => this.#submit(fields) });
  }

  // --- the list ---

  async #act(button) {
    const card = button?.closest("[data-feed]");
    if (!card || button.getAttribute("aria-disabled") === "true") return;
    const feed = this.feeds.get(Number(card.dataset.feed));
    if ("edit" in button.dataset) this.#open(feed);
    else if ("sync" in button.dataset) await whileBusy(button, () => this.#sync(feed));
    else if ("delete" in button.dataset) await this.#remove(button, feed);
  }

  async #sync({ calendar_id: id, name }) {
    try {
      const { task_id: task } = await request("POST", `${this.path}/${id}/sync`);
      this.#watch(task, name);
      await this.read();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast(error.message, "danger");
    }
  }

  /** Says how the reading that the visitor asked for went. */
  #watch(task, name) {
    this.live.watch(task, ({ state, reason }) => {
      if (!isFinal(state)) return;
      if (state === "sent") toast(_("“%(name)s”已读取", { name }), "positive");
      else toast(_("“%(name)s”：%(reason)s", { name, reason: reasonOf(reason) }), "danger");
      this.#later("heard", TOGETHER_MS);
    });
  }

  async #remove(button, { calendar_id: id, name }) {
    const sure = await confirm({
      title: _("删除日历“%(name)s”？", { name }),
      text: _("它占用的夜晚马上空出来，房客就能预订。那边的预订还在，请确认不会重复。"),
      agree: _("删除"),
      decline: _("留着"),
      dangerous: true,
    });
    if (!sure) return;
    try {
      await whileBusy(button, () => request("DELETE", `${this.path}/${id}`));
      toast(_("日历已删除，夜晚已空出"), "positive");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 404) {
        toast(error.message, "danger");
        return;
      }
    }
    if (this.edited === id) this.#open();
    this.feeds.delete(id);
    this.#show();
    this.opener.focus();
  }

  // --- the form ---

  /** Opens the form for a calendar, for a new one (null), or closes it (undefined). */
  #open(feed = undefined) {
    const wasOpen = !this.form.hidden;
    this.form.hidden = feed === undefined;
    this.opener.setAttribute("aria-expanded", String(!this.form.hidden));
    clearErrors(this.form);
    this.form.reset();
    this.attempt = null;
    const back = this.edited === null ? this.opener : document.getElementById(`edit-${this.edited}`);
    this.edited = feed?.calendar_id ?? null;
    if (feed === undefined) {
      if (wasOpen) (back ?? this.opener).focus();
      return;
    }
    this.#fill(feed);
    this.form.elements.name.focus();
    this.form.scrollIntoView({ block: "nearest" });
  }

  #fill(feed) {
    const { name, url } = this.form.elements;
    name.value = feed?.name ?? "";
    url.placeholder = feed?.url ?? "https://";
    document.getElementById("feed-form-title").textContent = feed
      ? _("修改“%(title)s”", { title: feed.name })
      : _("导入日历");
    this.form.querySelector("[type=submit] [data-label]").textContent = feed ? _("保存修改") : _("导入");
    document.getElementById("feed-from").hidden = feed !== null;
    this.#chooseFrom(feed === null ? "url" : feed.kind === "url" ? "url" : "none");
  }

  #chooseFrom(from) {
    for (const field of this.form.querySelectorAll("[data-from]")) field.hidden = field.dataset.from !== from;
  }

  #check({ name, url, from }) {
    const errors = name ? [] : [{ field: "name", message: _("名称应为 1 到 64 个字") }];
    if (this.edited !== null) return errors;
    if (from === "file") return [...errors, ...this.#complaints()];
    return url ? errors : [...errors, { field: FIELDS.url, message: _("请粘贴日历链接") }];
  }

  #complaints() {
    const [file] = this.form.elements.calendar.files;
    if (!file) return [{ field: FIELDS.file, message: _("请选择一个 .ics 文件") }];
    return file.size > MAX_BYTES ? [{ field: FIELDS.file, message: _("日历超过 1 MB") }] : [];
  }

  async #submit({ name, url, from }) {
    const feed = await this.#send({ name, url, from });
    this.feeds.set(feed.calendar_id, feed);
    this.#open();
    this.#show();
    if (feed.task_id !== null) this.#watch(feed.task_id, feed.name);
    else if (from === "file" || feed.kind === "file") toast(_("“%(name)s”已读取", { name: feed.name }), "positive");
  }

  #send({ name, url, from }) {
    if (this.edited !== null) {
      return request("PUT", `${this.path}/${this.edited}`, { body: url ? { name, url } : { name } });
    }
    if (from === "file") return this.#upload(name);
    const body = { name, url };
    if (JSON.stringify(this.attempt?.body) !== JSON.stringify(body)) this.attempt = { key: newUuid(), body };
    return request("POST", this.path, this.attempt);
  }

  #upload(name) {
    const content = new FormData();
    const [file] = this.form.elements.calendar.files;
    content.append("name", name);
    content.append("calendar", file, file.name);
    const form = document.createElement("form");
    form.method = "post";
    form.enctype = "multipart/form-data";
    return upload(form, { path: `${this.path}/file`, content, progress: () => {} });
  }
}
