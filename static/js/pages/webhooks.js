// Webhooks: what there is, new ones and changed ones, their secrets, tests, and the log of what was sent.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { copyTextOf } from "../clipboard.js";
import { confirm } from "../dialog.js";
import { bindForm, clearErrors, readChoices } from "../forms.js";
import { _ } from "../i18n.js";
import { onConnected } from "../orders/connected.js";
import { element } from "../render.js";
import { live } from "../shell.js";
import { toast } from "../toast.js";
import { newUuid } from "../uuid.js";
import { Shelf } from "../webhooks/shelf.js";
import madeTemplate from "../../../templates/webhooks/made.art";

const made = document.getElementById("made");
const panel = document.getElementById("hook-panel");
const title = document.getElementById("hook-title");
const form = document.getElementById("hook-form");
const opener = document.getElementById("new-hook");
const shelf = new Shelf(document.getElementById("hooks"));
let edited = null; // the webhook that the form changes; null makes a new one
let attempt = null; // the request whose outcome nobody knows: sent again, it makes no second webhook

function openForm(hook = null) {
  edited = hook;
  form.reset();
  clearErrors(form);
  title.textContent = hook ? _("修改 Webhook") : _("新 Webhook");
  if (hook) {
    form.elements.url.value = hook.url;
    for (const box of form.elements.events) box.checked = hook.events.includes(box.value);
  }
  panel.hidden = false;
  opener.setAttribute("aria-expanded", "true");
  form.elements.url.focus();
}

function closeForm() {
  panel.hidden = true;
  opener.setAttribute("aria-expanded", "false");
  const back = edited && shelf.place.querySelector(`[data-key="edit-${edited.webhook_id}"]`);
  (back ?? opener).focus();
}

function showSecret(secret, isNew) {
  const shown = element(madeTemplate, { secret, isNew });
  made.replaceChildren(shown);
  shown.focus();
  shown.scrollIntoView({ block: "nearest" });
}

async function save({ url }) {
  const body = { url, events: readChoices(form, "events") };
  if (edited) {
    await request("PUT", `/user/webhooks/${edited.webhook_id}`, { body });
    toast(_("已保存"), "positive");
    closeForm();
  } else {
    if (JSON.stringify(attempt?.body) !== JSON.stringify(body)) attempt = { key: newUuid(), body };
    const { secret } = await request("POST", "/user/webhooks", attempt);
    attempt = null;
    closeForm();
    showSecret(secret, true);
  }
  await shelf.read();
}

function check({ url }) {
  const errors = url ? [] : [{ field: "url", message: _("请填写完整的网址，以 https:// 开头，不带用户名和密码") }];
  if (readChoices(form, "events").length) return errors;
  return [...errors, { field: "events", message: _("请至少选择一种事件") }];
}

const once = () => ({ key: newUuid() });

const ACTS = {
  ping: async ({ id, path }) => {
    await request("POST", `${path}/ping`, once());
    if (!shelf.logs.has(id)) await shelf.toggle(id);
    await shelf.read();
  },
  edit: ({ id }) => openForm(shelf.find(id)),
  enable: ({ path }) => change(path, true),
  disable: ({ path }) => change(path, false),
  secret: async ({ path }) => {
    const sure = await confirm({
      title: _("换一个新密钥？"),
      text: _("旧密钥还能用 24 小时，这段时间里把程序换成新的。"),
      agree: _("换密钥"),
      decline: _("再想想"),
    });
    if (!sure) return;
    const { secret } = await request("POST", `${path}/secret`, once());
    showSecret(secret, false);
    await shelf.read();
  },
  delete: async ({ id, path }) => {
    const sure = await confirm({
      title: _("删除这个 Webhook？"),
      text: _("它的投递记录也会删除，还没送到的消息不再发送。"),
      agree: _("删除"),
      decline: _("再想想"),
      dangerous: true,
    });
    if (!sure) return;
    await request("DELETE", path);
    if (edited?.webhook_id === id) panel.hidden = true;
    toast(_("已删除"), "positive");
    await shelf.read();
    opener.focus();
  },
  log: ({ id }) => shelf.toggle(id),
  again: () => shelf.read(),
  more: ({ id }) => shelf.older(id),
  resend: async ({ path, delivery }) => {
    await request("POST", `${path}/deliveries/${delivery}/resend`, once());
    await shelf.read();
  },
};

async function change(path, enabled) {
  await request("PUT", path, { body: { enabled } });
  toast(enabled ? _("已启用") : _("已停用"), "positive");
  await shelf.read();
}

async function act(button) {
  const id = Number(button.closest("[data-hook]").dataset.hook);
  const delivery = button.closest("[data-delivery]")?.dataset.delivery;
  try {
    await ACTS[button.dataset.act]({ id, delivery, path: `/user/webhooks/${id}` });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message, "danger");
    await shelf.read();
  }
}

bindForm(form, { check, submit: save });
opener.addEventListener("click", () => (panel.hidden || edited ? openForm() : closeForm()));
document.getElementById("no-hook").addEventListener("click", closeForm);
shelf.place.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-act]");
  if (button) whileBusy(button, () => act(button));
  if (target.closest("[data-new]")) openForm();
});
made.addEventListener("click", ({ target }) => {
  if (target.closest("[data-copy]")) copyTextOf(document.getElementById("secret"));
  if (!target.closest("[data-stored]")) return;
  made.replaceChildren();
  opener.focus();
});
live.addEventListener("webhook", () => shelf.stir());
onConnected(() => shelf.stir());
shelf.read();
