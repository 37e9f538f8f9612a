// What every page does: the live connection and its dot, the account menu, signing out, theme, offline banner.

import { request } from "./api.js";
import { confirm } from "./dialog.js";
import { whileBusy } from "./busy.js";
import { _ } from "./i18n.js";
import { LiveChannel } from "./live.js";
import { followNews } from "./orders/news.js";
import { showPartingToast, toast, toastOnNextPage } from "./toast.js";

const STATE_TEXT = {
  live: _("实时连接正常"),
  reconnecting: _("正在重新连接"),
  polling: _("实时连接不通，改为定时查询"),
};
const GRACE_MS = 800;

const userId = document.body.dataset.userId ?? "";

function showState(state) {
  const dot = document.getElementById("live-dot");
  dot.dataset.state = state;
  dot.setAttribute("aria-label", STATE_TEXT[state]);
  dot.title = STATE_TEXT[state];
  for (const place of document.querySelectorAll("[data-live-text]")) place.textContent = STATE_TEXT[state];
}

/** Puts the user's name and picture wherever the page shows them. */
export function showProfile({ name, avatar_url: avatar }) {
  for (const place of document.querySelectorAll("[data-user-name]")) if (name) place.textContent = name;
  for (const place of document.querySelectorAll("img[data-user-avatar]")) {
    place.src = avatar || place.dataset.placeholder;
  }
}

/** The session ended somewhere. Unless it is this page that is signing in or out, show what is true now. */
async function sessionEnded(channel) {
  await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
  const now = await request("GET", "/session", { stay: true }).catch((error) => error);
  if (now.status === 401 && userId) {
    toastOnNextPage(_("你已退出登录"));
    location.reload();
    return;
  }
  channel.start();
}

function startLive() {
  const channel = new LiveChannel({ signedIn: userId !== "" });
  channel.addEventListener("state", (event) => showState(event.detail));
  channel.addEventListener("profile", (event) => showProfile(event.detail));
  channel.addEventListener("signedout", () => sessionEnded(channel));
  if (userId) followNews(channel);
  showState(channel.state);
  channel.start();
  return channel;
}

async function leave(path, button, sentence) {
  await whileBusy(button, async () => {
    try {
      await request("DELETE", path, { stay: true });
    } catch (error) {
      if (error.status !== 401) {
        toast(error.message, "danger");
        return;
      }
    }
    toastOnNextPage(sentence, "positive");
    location.assign("/");
  });
}

async function leaveEverywhere(button) {
  const sure = await confirm({
    title: _("在所有设备上退出？"),
    text: _("手机、电脑和其他浏览器上的登录都会失效，包括这里。"),
    agree: _("全部退出"),
    decline: _("再想想"),
  });
  if (sure) await leave("/sessions", button, _("已在所有设备上退出"));
}

function onSignOut(event) {
  const button = event.target.closest("[data-sign-out]");
  if (!button) return;
  if (button.dataset.signOut === "everywhere") leaveEverywhere(button);
  else leave("/session", button, _("已退出登录，期待再见"));
}

/** A button that opens a menu: Escape, a click elsewhere and leaving by Tab close it. */
function bindMenu(button) {
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    menu.hidden = !open;
  };
  button.addEventListener("click", () => show(menu.hidden));
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target) && !button.contains(event.target)) show(false);
  });
  button.parentElement.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    show(false);
    button.focus();
  });
  button.parentElement.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !button.parentElement.contains(event.relatedTarget)) show(false);
  });
}

function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is blocked: the choice holds for this page.
  }
}

function bindTheme(choice) {
  const chosen = document.documentElement.dataset.theme ?? "auto";
  choice.querySelector(`input[value="${chosen}"]`).checked = true;
  choice.addEventListener("change", (event) => applyTheme(event.target.value));
}

function bindOffline() {
  const banner = document.getElementById("offline");
  const show = () => banner.classList.toggle("is-shown", navigator.onLine === false);
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
}

for (const button of document.querySelectorAll("[data-menu]")) bindMenu(button);
document.addEventListener("click", onSignOut);
bindTheme(document.getElementById("theme"));
bindOffline();
showPartingToast();

export const live = startLive();
