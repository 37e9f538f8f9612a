// Short messages that go by themselves; errors stay until they are closed.

import { element } from "./render.js";
import toastTemplate from "../../templates/parts/toast.art";

const SHOWN_MS = 6000;

/** Shows a sentence. `kind`: positive, danger or plain; `link` {address, label} is a way to what it is about. */
export function toast(message, kind = "plain", link = null) {
  const shelf = document.getElementById("toasts");
  const shown = element(toastTemplate, { message, kind, link });
  const close = () => shown.remove();
  shown.querySelector("button").addEventListener("click", close);
  while (shelf.childElementCount >= 3) shelf.firstElementChild.remove();
  shelf.append(shown);
  if (kind !== "danger") fadeWhenUnattended(shown, close);
}

/** Nobody loses a message that they are pointing at. */
function fadeWhenUnattended(shown, close) {
  let timer = setTimeout(close, SHOWN_MS);
  const hold = () => clearTimeout(timer);
  const release = () => {
    hold();
    timer = setTimeout(close, SHOWN_MS);
  };
  shown.addEventListener("pointerenter", hold);
  shown.addEventListener("focusin", hold);
  shown.addEventListener("pointerleave", release);
  shown.addEventListener("focusout", release);
}

const PARTING = "parting-message";

/** Says something on the page that comes next. */
export function toastOnNextPage(message, kind) {
  try {
    sessionStorage.setItem(PARTING, JSON.stringify({ message, kind }));
  } catch {
    // Storage is blocked: the next page speaks for itself.
  }
}

export function showPartingToast() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PARTING) ?? "null");
    sessionStorage.removeItem(PARTING);
    if (kept) toast(kept.message, kept.kind);
  } catch {
    // Storage is blocked: nothing was kept.
  }
}
