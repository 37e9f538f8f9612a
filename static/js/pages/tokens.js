// API tokens: what there is, a new one whose secret is shown once, revoking.

import { ApiError, API, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { copyTextOf } from "../clipboard.js";
import { confirm } from "../dialog.js";
import { bindForm, clearErrors, readChoices } from "../forms.js";
import { _, formatDay, formatMoment } from "../i18n.js";
import { load } from "../load.js";
import { element } from "../render.js";
import { live } from "../shell.js";
import { toast } from "../toast.js";
import { newUuid } from "../uuid.js";
import madeTemplate from "../../../templates/accounts/token-made.art";
import tokensTemplate from "../../../templates/accounts/tokens.art";

const POWERS = { read: _("查看"), houses: _("管理房源"), orders: _("管理订单") };
// What somebody who just got a token of these scopes can try with it.
const TRIES = [
  ["read", ["/user"]],
  ["orders", ["/orders/1/status", "-X PUT", "-H 'Content-Type: application/json'", `-d '{"action":"accept"}'`]],
  ["houses", ["/houses/1/status", "-X PUT", "-H 'Content-Type: application/json'", `-d '{"status":"online"}'`]],
];

const list = document.getElementById("tokens");
const made = document.getElementById("made");
const panel = document.getElementById("token-panel");
const form = document.getElementById("token-form");
const opener = document.getElementById("new-token");
let attempt = null; // the request whose outcome nobody knows: sent again, it makes no second token

function shape({ tokens }) {
  const told = (one) => ({
    ...one,
    powers: one.scopes.map((scope) => POWERS[scope]),
    used: one.last_used ? formatMoment(one.last_used) : _("还没用过"),
    until: one.expires_at ? formatDay(one.expires_at) : _("撤销为止"),
    since: formatDay(one.ctime),
  });
  return { tokens: tokens.map(told) };
}

const show = () => load(list, { path: "/user/tokens", template: tokensTemplate, shape });

function openForm(open) {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  clearErrors(form);
  if (open) form.elements.name.focus();
  else opener.focus();
}

function exampleFor({ token, scopes }) {
  const [, [path, ...options]] = TRIES.find(([scope]) => scopes.includes(scope));
  const lines = [`curl -H 'Authorization: Bearer ${token}'`, ...options, location.origin + API + path];
  return lines.join(" \\\n  ");
}

function showMade(token) {
  form.reset();
  openForm(false);
  const shown = element(madeTemplate, { ...token, example: exampleFor(token) });
  made.replaceChildren(shown);
  shown.focus();
  shown.scrollIntoView({ block: "nearest" });
}

async function make(fields) {
  const days = fields.days ? Number(fields.days) : null;
  const body = { name: fields.name, scopes: readChoices(form, "scopes"), days };
  if (JSON.stringify(attempt?.body) !== JSON.stringify(body)) attempt = { key: newUuid(), body };
  const token = await request("POST", "/user/tokens", attempt);
  attempt = null;
  showMade(token);
  show();
}

async function revoke(button) {
  const card = button.closest("[data-token]");
  const name = card.querySelector(".token__name").textContent;
  const isOver = "over" in card.dataset;
  const sure =
    isOver ||
    (await confirm({
      title: _("撤销“%(name)s”？", { name }),
      text: _("用它的程序马上就不能再做任何事，连接也会断开。撤销后不能恢复。"),
      agree: _("撤销"),
      decline: _("再想想"),
      dangerous: true,
    }));
  if (sure) await whileBusy(button, () => remove(button.dataset.revoke, isOver));
}

async function remove(id, isOver) {
  try {
    await request("DELETE", `/user/tokens/${id}`);
    toast(isOver ? _("已删除") : _("令牌已撤销"), "positive");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 404) {
      toast(error.message, "danger");
      return;
    }
  }
  await show();
  opener.focus();
}

function check({ name }) {
  const errors = name ? [] : [{ field: "name", message: _("请给令牌起一个名字，最多 64 个字") }];
  if (readChoices(form, "scopes").length) return errors;
  return [...errors, { field: "scopes", message: _("请至少选择一项权限") }];
}

bindForm(form, { check, submit: make });
opener.addEventListener("click", () => openForm(panel.hidden));
document.getElementById("no-token").addEventListener("click", () => openForm(false));
list.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-revoke]");
  if (button) revoke(button);
  if (target.closest("[data-new]")) openForm(true);
});
made.addEventListener("click", ({ target }) => {
  const source = target.closest("[data-copy]")?.dataset.copy;
  if (source) copyTextOf(document.getElementById(source));
  if (!target.closest("[data-stored]")) return;
  made.replaceChildren();
  opener.focus();
});
live.addEventListener("token", show);
show();
