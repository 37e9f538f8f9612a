// The dialog before an order is rejected or cancelled: what follows from it, and a reason.

import { _ } from "../i18n.js";
import { element } from "../render.js";
import askTemplate from "../../../templates/orders/ask.art";

const REASON_LENGTH = 200;

function bindReason(dialog, required) {
  const field = dialog.querySelector("#ask-reason");
  const error = dialog.querySelector("#ask-reason-error");
  const complain = (message) => {
    error.textContent = message;
    if (message) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  const paint = () => {
    for (const chip of dialog.querySelectorAll("[data-reason]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.reason === field.value.trim()));
    }
  };
  field.addEventListener("input", () => (complain(""), paint()));
  dialog.addEventListener("click", ({ target }) => {
    const chip = target.closest("[data-reason]");
    if (!chip) return;
    field.value = chip.getAttribute("aria-pressed") === "true" ? "" : chip.dataset.reason;
    complain("");
    paint();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value !== "agree" || !required || field.value.trim()) return;
    event.preventDefault();
    complain(_("请写下原因，房客会看到"));
    field.focus();
  });
  return () => field.value.trim();
}

/**
 * Asks; resolves to {reason} when the visitor agrees, else to null. `facts` are rows {label, value} to look at first,
 * `reasons` what hosts say most. Focus goes back to where it was.
 */
export function askReason({ title, text, agree, decline, label, facts = [], reasons = [], required = false }) {
  const before = document.activeElement;
  const dialog = element(askTemplate, { title, text, agree, decline, label, facts, reasons, required, length: REASON_LENGTH });
  document.body.append(dialog);
  const reason = bindReason(dialog, required);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue === "agree" ? { reason: reason() } : null;
      dialog.remove();
      before?.focus?.();
      resolve(answer);
    });
  });
}
