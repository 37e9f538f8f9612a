// The secret address of a house's own calendar: made when it is asked for, copied, renewed, ended.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { copyTextOf } from "../clipboard.js";
import { confirm } from "../dialog.js";
import { _ } from "../i18n.js";
import { load } from "../load.js";
import { renderInto } from "../render.js";
import { toast } from "../toast.js";
import exportTemplate from "../../../templates/houses/export.art";

const QUESTIONS = {
  renew: {
    title: _("换一个链接？"),
    text: _("旧链接马上失效。已经贴了旧链接的网站要重新贴上新的，否则那边不再更新。"),
    agree: _("换一个"),
  },
  end: {
    title: _("停止分享日历？"),
    text: _("链接马上失效，其他网站不再知道这里的预订，可能会重复预订。"),
    agree: _("停止分享"),
  },
};

export class Export {
  constructor(houseId) {
    this.path = `/houses/${houseId}/calendars/export`;
    this.place = document.getElementById("export");
    this.place.addEventListener("click", ({ target }) => this.#act(target.closest("button")));
    load(this.place, { path: this.path, template: exportTemplate });
  }

  async #act(button) {
    if (button?.id === "export-copy") await copyTextOf(document.getElementById("export-url"));
    else if (button?.id === "export-new") await this.#change(button, "POST", "export-copy");
    else if (button?.id === "export-renew" && (await this.#agrees("renew"))) await this.#change(button, "POST", "export-copy");
    else if (button?.id === "export-end" && (await this.#agrees("end"))) await this.#change(button, "DELETE", "export-new");
  }

  #agrees(what) {
    return confirm({ ...QUESTIONS[what], decline: _("再想想"), dangerous: true });
  }

  async #change(button, method, next) {
    try {
      const answer = await whileBusy(button, () => request(method, this.path));
      renderInto(this.place, exportTemplate, answer);
      document.getElementById(next)?.focus();
      toast(answer.url ? _("链接已生成") : _("已停止分享"), "positive");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast(error.message, "danger");
    }
  }
}
