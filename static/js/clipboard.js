// Copying for the visitor, and what to say where the browser does not let us.

import { _ } from "./i18n.js";
import { toast } from "./toast.js";

/** Copies an element's text; where that is not allowed, selects it and says so. */
export async function copyTextOf(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    toast(_("已复制"), "positive");
  } catch {
    window.getSelection().selectAllChildren(element);
    toast(_("浏览器不让复制，请自己选中文字"), "danger");
  }
}
