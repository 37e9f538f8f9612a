// Questions that need an answer before something happens. The native dialog brings Escape and the focus trap.

import { element } from "./render.js";
import confirmTemplate from "../../templates/parts/confirm.art";

/** Asks; resolves to true when the visitor agrees. Focus goes back to where it was. */
export function confirm({ title, text, agree, decline, dangerous = false }) {
  const before = document.activeElement;
  const dialog = element(confirmTemplate, { title, text, agree, decline, dangerous });
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus?.();
      resolve(dialog.returnValue === "agree");
    });
  });
}
