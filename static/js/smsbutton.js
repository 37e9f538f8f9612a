// The SMS button: it says what really became of the message, as the live channel reports it.

import { ApiError, request } from "./api.js";
import { whileBusy } from "./busy.js";
import { Countdown } from "./countdown.js";
import { clearErrors, fieldOf, readForm, showErrors, showRefusal } from "./forms.js";
import { _ } from "./i18n.js";
import { checkImageCode, checkMobile } from "./rules.js";

const SLOW_MS = 10_000;

export class SmsButton {
  constructor(form, { purpose, captcha, live }) {
    Object.assign(this, { form, purpose, captcha, live });
    this.button = form.querySelector("#sms-button");
    this.label = this.button.querySelector("[data-label]");
    this.note = form.querySelector("#sms-note");
    this.status = form.querySelector("#sms-status");
    this.idleNote = this.note.textContent;
    this.idleText = _("获取验证码");
    this.button.addEventListener("click", () => this.#press());
  }

  async #press() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    clearErrors(this.form);
    const fields = readForm(this.form);
    const errors = [...checkMobile(fields), ...checkImageCode(fields)];
    if (errors.length) {
      showErrors(this.form, errors);
      return;
    }
    const answer = await whileBusy(this.button, () => this.#ask(fields));
    if (answer instanceof ApiError) this.#refused(answer);
    else this.#follow(answer);
  }

  /** Asks for a message; answers where to follow it, or the refusal. The picture is used up either way. */
  async #ask({ mobile, image_code }) {
    const body = { mobile, image_code, image_code_id: this.captcha.id, purpose: this.purpose };
    try {
      return await request("POST", "/sms_codes", { body, stay: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error;
    } finally {
      this.captcha.change();
    }
  }

  #refused(error) {
    const { status, retryAfter, errors } = error;
    if (status === 429 && retryAfter) {
      this.#show("idle", this.idleText);
      showErrors(this.form, errors.length ? errors : [{ field: "sms_code", message: error.message }]);
      if (retryAfter <= 3600) this.#waitOut(retryAfter);
      return;
    }
    showRefusal(this.form, error);
  }

  #follow({ task_id: task, resend_after: resendAfter }) {
    this.resendAt = Date.now() + resendAfter * 1000;
    this.#hear({ state: "queued" });
    this.live.watch(task, (report) => this.#hear(report));
    fieldOf(this.form, "sms_code").focus();
  }

  #hear({ state, detail }) {
    clearTimeout(this.slow);
    if (state === "queued") this.#show("queued", _("排队中"));
    else if (state === "sending") this.#show("sending", _("发送中"));
    else if (state === "sent") this.#sent();
    else this.#failed(detail || _("原因不明"));
    if (state === "queued" || state === "sending") {
      this.slow = setTimeout(() => this.#note(_("比平时慢一些，短信发出后这里会马上告诉你")), SLOW_MS);
    }
  }

  #sent() {
    this.status.textContent = _("短信已发出，验证码 5 分钟内有效");
    this.#note(_("短信已发出，验证码 5 分钟内有效"));
    this.#countDown(
      (left) => this.#show("sent", _("已发送 (%(seconds)s s)", { seconds: left })),
      () => this.#rest(_("重新获取验证码")),
    );
  }

  #failed(reason) {
    this.#show("failed", _("发送失败：%(reason)s · 重试", { reason }));
    this.#note(_("请输入新的图片验证码再试"));
  }

  #waitOut(seconds) {
    this.resendAt = Date.now() + seconds * 1000;
    this.#countDown(
      (left) => {
        this.label.textContent = _("%(seconds)s 秒后可重新获取", { seconds: left });
        this.button.setAttribute("aria-disabled", "true");
      },
      () => this.#rest(this.idleText),
    );
  }

  #countDown(tick, end) {
    this.countdown?.stop();
    this.countdown = new Countdown((this.resendAt - Date.now()) / 1000, { tick, end });
  }

  #rest(text) {
    this.#show("idle", text);
    this.#note(this.idleNote);
  }

  #show(state, text) {
    if (state !== "sent") this.countdown?.stop();
    if (state !== "sent") this.status.textContent = text;
    this.button.dataset.state = state;
    this.label.textContent = text;
    const atWork = ["queued", "sending", "sent"].includes(state);
    if (atWork) this.button.setAttribute("aria-disabled", "true");
    else this.button.removeAttribute("aria-disabled");
  }

  /** One line below the button; it always holds some sentence, so that nothing jumps. */
  #note(sentence) {
    this.note.textContent = sentence;
  }
}
